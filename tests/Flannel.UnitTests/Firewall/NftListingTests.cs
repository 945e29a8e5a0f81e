using Flannel.Firewall;
using Flannel.Linux.Firewall;
using Xunit;

namespace Flannel.UnitTests.Firewall;

public sealed class NftListingTests
{
    [Theory]
    [InlineData("""{"match": {"op": "==", "left": {"meta": {"key": "mark"}}, "right": 16384}}""", "meta mark 0x4000")]
    [InlineData("""{"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": {"prefix": {"addr": "10.5.0.0", "len": 16}}}}""", "ip saddr 10.5.0.0/16")]
    [InlineData("""{"match": {"op": "!=", "left": {"payload": {"protocol": "ip6", "field": "daddr"}}, "right": {"prefix": {"addr": "ff00::", "len": 8}}}}""", "ip6 daddr != ff00::/8")]
    [InlineData("""{"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": "10.5.3.4"}}""", "ip saddr 10.5.3.4/32")]
    [InlineData("""{"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "lo"}}""", "meta iifname \"lo\"")]
    [InlineData("""{"masquerade": null}""", "masquerade")]
    [InlineData("""{"masquerade": {"flags": "fully-random"}}""", "masquerade fully-random")]
    [InlineData("""{"masquerade": {"flags": ["fully-random"]}}""", "masquerade fully-random")]
    [InlineData("""{"masquerade": {"flags": ["random", "fully-random"]}}""", "masquerade random,fully-random")]
    [InlineData("""{"masquerade": {"port": 80}}""", """masquerade {"port": 80}""")]
    [InlineData("""{"jump": {"target": "zone"}}""", "jump zone")]
    [InlineData("""{"reject": {"type": "icmpx", "expr": "admin-prohibited"}}""", "reject")]
    [InlineData("""{"xt": {"type": "target", "name": "REJECT"}}""", "xt REJECT")]
    [InlineData("""{"accept": null}, {"counter": {"packets": 1, "bytes": 60}}, {"xt": {"type": "match", "name": "comment"}}""", "accept")]
    [InlineData("""{"log": {"prefix": "x"}}""", """{"log": {"prefix": "x"}}""")]
    public void A_statement_has_one_normal_form(string json, string expected) =>
        Assert.Equal(expected, Table("{\"rule\": {\"family\": \"ip\", \"table\": \"t\", \"chain\": \"c\", \"expr\": [" + json + "]}}").Chains[0].Rules[0]);

    [Theory]
    [InlineData("""{"rule": {"family": "ip", "table": "t", "chain": "c", "expr": [{"accept": null}]}}""", true)]
    [InlineData("""{"rule": {"family": "ip", "table": "t", "chain": "c", "expr": [{"drop": null}]}}""", false)]
    [InlineData("""{"rule": {"family": "ip", "table": "t", "chain": "d", "expr": [{"accept": null}]}}""", false)]
    [InlineData("""{"chain": {"family": "ip", "table": "t", "name": "more", "handle": 4}}, {"rule": {"family": "ip", "table": "t", "chain": "c", "expr": [{"accept": null}]}}""", false)]
    public void A_table_matches_when_it_does_the_same(string entries, bool matches) => Assert.Equal(
        matches, new NftTable("ip", "t", [new NftChain("c", "filter", "forward", 0, "accept", ["accept"], "a comment")]).Matches(Table(entries)));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"nftables": [{"chain": 3}]}""")]
    [InlineData("""{"nftables": [{"rule": {"family": "ip"}}]}""")]
    [InlineData("""{"nftables": [{"rule": {"family": "ip", "expr": [{}]}}]}""")]
    public void Anything_else_is_refused(string json) => Assert.Throws<FormatException>(() => NftListing.Parse(json));

    private static NftTable Table(string entries) => NftListing.Parse(
        $$$"""
        {"nftables": [{"metainfo": {"version": "1.0.6"}}, {"table": {"family": "ip", "name": "t", "handle": 1}},
        {"chain": {"family": "ip", "table": "t", "name": "c", "handle": 1, "type": "filter", "hook": "forward", "prio": 0, "policy": "accept"}}, {{{entries}}}]}
        """).Table("ip", "t");
}
