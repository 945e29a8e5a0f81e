namespace Flannel.Daemon.Options;

/// <summary>How the interface to the other hosts is chosen (cli-and-env, external interface selection). Texts are as given; their lookups check them.</summary>
internal sealed record InterfaceOptions
{
    /// <summary>Names or addresses, tried in order.</summary>
    public required IReadOnlyList<string> Interfaces { get; init; }

    /// <summary>Regular expressions over addresses, then names; tried after all of <see cref="Interfaces"/>.</summary>
    public required IReadOnlyList<string> Patterns { get; init; }

    /// <summary>An address whose route's interface is taken, tried last; or empty.</summary>
    public required string CanReach { get; init; }

    /// <summary>The IPv4 address announced to peers, or empty for the interface's own.</summary>
    public required string PublicIP { get; init; }

    public required string PublicIPv6 { get; init; }
}
