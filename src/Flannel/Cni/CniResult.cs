namespace Flannel.Cni;

/// <summary>What an attachment came to, in the words of the latest specification (1.1, section 5); <see cref="CniResultJson"/> turns it into those of the others.</summary>
public sealed record CniResult
{
    public IReadOnlyList<CniInterface> Interfaces { get; init; } = [];

    public IReadOnlyList<CniAddress> Ips { get; init; } = [];

    public IReadOnlyList<CniRoute> Routes { get; init; } = [];

    public CniDns Dns { get; init; } = CniDns.None;
}
