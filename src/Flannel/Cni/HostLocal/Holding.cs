namespace Flannel.Cni.HostLocal;

/// <summary>A reservation as it was seen.</summary>
/// <param name="Network">The network in whose book it is.</param>
/// <param name="Reservation">What the file says.</param>
/// <param name="Since">When the file was written.</param>
/// <param name="State">What that comes to.</param>
public sealed record Holding(string Network, Reservation Reservation, DateTime Since, HoldingState State)
{
    /// <summary>Empty where nobody has it, or nobody can tell.</summary>
    public string ContainerId => Reservation.Holder?.ContainerId ?? "";
}
