namespace Flannel.Linux.Firewall;

/// <summary>One rule of an nftables chain, without what it does.</summary>
/// <param name="Handle">Names it in its table for good.</param>
/// <param name="Comment">As in <c>comment "…"</c>; empty where there is none.</param>
public sealed record NftRuleHandle(ulong Handle, string Comment);
