namespace Flannel.Firewall;

/// <summary>A chain of any program as nft lists it; type, hook and policy are empty for a chain that is no base chain.</summary>
internal sealed record NftListedChain(string Family, string Table, string Name, string Type, string Hook, int Priority, string Policy);
