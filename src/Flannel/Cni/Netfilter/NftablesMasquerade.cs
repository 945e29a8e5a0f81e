using Flannel.Linux;
using Flannel.Linux.Firewall;

namespace Flannel.Cni.Netfilter;

/// <summary>The rules of <see cref="PodMasquerade"/> as the standard plugins write them with nftables: one table for all, one rule for each address.</summary>
internal static class NftablesMasquerade
{
    public const string Table = "cni_plugins_masquerade";
    public const string Checks = "masq_checks";

    private const string PostRouting = "postrouting";
    private const int SourceNat = 100;

    // NFTNL_UDATA_COMMENT_MAXLEN
    private const int CommentLength = 128;

    /// <param name="pod">Whose rules.</param>
    /// <param name="addresses">Of both families.</param>
    /// <param name="stale">Rules of an earlier attempt.</param>
    public static NftScript Script(PodMasquerade pod, IReadOnlyList<Cidr> addresses, IEnumerable<NftRuleHandle> stale)
    {
        var script = new NftScript(NftFamily.NFPROTO_INET, Table, "Masquerading for plugins from github.com/containernetworking/plugins")
            .Chain(Checks, "Masquerade traffic from certain IPs to any (non-multicast) IP outside their subnet")
            .Hook(PostRouting, "postrouting", SourceNat, "ip daddr == 224.0.0.0/4  return", "ip6 daddr == ff00::/8  return", $"goto {Checks}");
        foreach (var rule in stale)
        {
            script.Delete(Checks, rule);
        }

        foreach (var address in addresses)
        {
            var ip = address.IsIPv6 ? "ip6" : "ip";
            script.Rule(Checks, $"{ip} saddr == {address.Address} {ip} daddr != {address.Network} masquerade", CommentOf(pod));
        }

        return script;
    }

    /// <summary>The part of a comment that names network, interface and container.</summary>
    public static string AttachmentOf(string comment) => comment.Split(',', 2)[0];

    private static string CommentOf(PodMasquerade pod)
    {
        var own = HashedName.Attachment(pod.Network, pod.IfName, pod.ContainerId);
        var comment = $"{own}, net: {Plain(pod.Network)}, if: {Plain(pod.IfName)}, id: {Plain(pod.ContainerId)}";
        return comment[..Math.Min(comment.Length, CommentLength)];

        static string Plain(string text) => text.Replace("\"", "", StringComparison.Ordinal);
    }
}
