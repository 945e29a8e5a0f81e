namespace Flannel.Cni;

/// <summary>What a resolver of the container is to be told.</summary>
public sealed record CniDns
{
    public static readonly CniDns None = new();

    public IReadOnlyList<string> Nameservers { get; init; } = [];

    public string Domain { get; init; } = "";

    public IReadOnlyList<string> Search { get; init; } = [];

    public IReadOnlyList<string> Options { get; init; } = [];

    public bool IsEmpty => Nameservers.Count == 0 && Domain.Length == 0 && Search.Count == 0 && Options.Count == 0;
}
