namespace Flannel.Firewall;

/// <summary>The rules cannot be read or written. The message names the program and what it said.</summary>
public sealed class FirewallException(string message, bool isTransient = false) : Exception(message)
{
    /// <summary>Another try may succeed: the xtables lock is held by somebody, or a resource ran short.</summary>
    public bool IsTransient { get; } = isTransient;
}
