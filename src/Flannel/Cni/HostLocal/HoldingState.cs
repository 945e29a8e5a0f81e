namespace Flannel.Cni.HostLocal;

/// <summary>Whether what is held on a host is still needed.</summary>
public enum HoldingState
{
    /// <summary>Its container lives, or has another address that is live.</summary>
    Live,

    /// <summary>Nothing shows that it lives, but it is so new that its ADD may be under way.</summary>
    Young,

    /// <summary>Its container is gone, or nobody ever had it.</summary>
    Leaked,
}
