using System.Net;
using Flannel.Config;
using Flannel.Leases;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Flannel.UnitTests.Leases;

public sealed class LeaseTableTests
{
    private static readonly NetworkConfig Config = NetworkConfig.Parse("""{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan"}}""");
    private static readonly NetworkConfig DualStack =
        NetworkConfig.Parse("""{"Network":"10.5.0.0/16","EnableIPv6":true,"IPv6Network":"fd00:5::/32","IPv6SubnetLen":64,"Backend":{"Type":"vxlan"}}""");

    private static readonly Lease Own = Peer("10.5.1.0-24", "192.0.2.1");

    [Fact]
    public void A_peer_appears_changes_and_leaves_and_a_renewal_is_no_change()
    {
        var table = Table();
        var peer = Peer("10.5.2.0-24", "192.0.2.2");
        Assert.Equal([new PeerChange(peer.Key, peer)], table.Apply(new LeaseChange.Put(peer)));
        Assert.Empty(table.Apply(new LeaseChange.Put(peer with { Expires = DateTimeOffset.UnixEpoch })));
        var moved = peer with { Attributes = peer.Attributes with { BackendData = """{"VtepMAC":"02:00:00:00:00:02"}""" } };
        Assert.Equal([new PeerChange(peer.Key, moved)], table.Apply(new LeaseChange.Put(moved)));
        Assert.Equal([new PeerChange(peer.Key, null)], table.Apply(new LeaseChange.Removed(peer.Key)));
        Assert.Empty(table.Apply(new LeaseChange.Removed(peer.Key)));
    }

    [Fact]
    [Trait("case", "H5")]
    public void The_own_lease_is_never_announced()
    {
        var table = Table();
        var peer = Peer("10.5.2.0-24", "192.0.2.2");
        Assert.Equal([new PeerChange(peer.Key, peer)], table.Apply(new LeaseChange.Snapshot([Own, peer])));
        Assert.Empty(table.Apply(new LeaseChange.Put(Own with { Attributes = Own.Attributes with { PublicIP = IPAddress.Parse("192.0.2.99") } })));
        Assert.Equal([new PeerChange(peer.Key, null)], table.Apply(new LeaseChange.Snapshot([Own])));
        Assert.Empty(table.Apply(new LeaseChange.Removed(Own.Key)));
        Assert.Equal(0, table.RejectedCount);
    }

    [Fact]
    public void A_snapshot_tells_what_came_what_went_and_what_changed()
    {
        var table = Table();
        var (stays, goes, changes) = (Peer("10.5.2.0-24", "192.0.2.2"), Peer("10.5.3.0-24", "192.0.2.3"), Peer("10.5.4.0-24", "192.0.2.4"));
        table.Apply(new LeaseChange.Snapshot([stays, goes, changes]));
        var changed = Peer("10.5.4.0-24", "192.0.2.44");
        var comes = Peer("10.5.5.0-24", "192.0.2.5");
        Assert.Equal(
            [new PeerChange(goes.Key, null), new PeerChange(changed.Key, changed), new PeerChange(comes.Key, comes)],
            table.Apply(new LeaseChange.Snapshot([stays, changed, comes])));
    }

    [Theory]
    [InlineData("10.6.2.0-24", "192.0.2.2", "outside the network")]
    [InlineData("10.5.0.0-16", "192.0.2.2", "whole network")]
    [InlineData("10.0.0.0-8", "192.0.2.2", "outside the network")]
    [InlineData("0.0.0.0-0", "192.0.2.2", "outside the network")]
    [InlineData("10.5.0.0-23", "192.0.2.2", "our own subnet")]
    [InlineData("10.5.1.128-25", "192.0.2.2", "our own subnet")]
    [InlineData("fd00:5:2::-64", "192.0.2.2", "no subnet in an address family")]
    [InlineData("10.5.2.0-24", "192.0.2.1", "two hosts have one public address")]
    [InlineData("10.5.2.0-24", "0.0.0.0", "no public IPv4 address")]
    [InlineData("10.5.2.0-24", "0.1.2.3", "not a host's")]
    [InlineData("10.5.2.0-24", "127.0.0.1", "not a host's")]
    [InlineData("10.5.2.0-24", "224.0.0.1", "not a host's")]
    [InlineData("10.5.2.0-24", "255.255.255.255", "not a host's")]
    [InlineData("10.5.2.0-24", "10.5.2.1", "a container's")]
    [InlineData("10.5.2.0-24", "10.5.1.1", "a container's")]
    public void A_hostile_lease_is_rejected_with_its_reason(string key, string publicIP, string reason)
    {
        var table = Table();
        var value = $$"""{"PublicIP":"{{publicIP}}","BackendType":"vxlan"}""";
        Assert.True(LeaseJson.TryRead(value, out var attributes, out _));
        Assert.Empty(table.Apply(new LeaseChange.Put(new Lease(Key(key), attributes))));
        Assert.Equal(1, table.RejectedCount);
        Assert.Contains(reason, Assert.Single(table.ListRejected()).Reason, StringComparison.Ordinal);
        Assert.Empty(table.Apply(new LeaseChange.Removed(Key(key))));
        Assert.Equal(0, table.RejectedCount);
    }

    [Theory]
    [InlineData("10.5.2.0-24&fd00:6:2::-64", "2001:db8::2", "outside the network")]
    [InlineData("10.5.2.0-24&fd00:5:1::-64", "2001:db8::2", "our own subnet")]
    [InlineData("10.5.2.0-24&fd00:5:2::-64", "2001:db8::1", "two hosts have one public address")]
    [InlineData("10.5.2.0-24&fd00:5:2::-64", "::1", "not a host's")]
    [InlineData("10.5.2.0-24&fd00:5:2::-64", "ff02::1", "not a host's")]
    [InlineData("10.5.2.0-24&fd00:5:2::-64", "::", "no public IPv6 address")]
    public void A_hostile_ipv6_part_is_rejected_with_its_reason(string key, string publicIPv6, string reason)
    {
        var own = new Lease(Key("10.5.1.0-24&fd00:5:1::-64"), Own.Attributes with { PublicIPv6 = IPAddress.Parse("2001:db8::1") });
        var table = new LeaseTable(own, DualStack, "vxlan", _ => null, NullLogger.Instance);
        Assert.True(LeaseJson.TryRead($$"""{"PublicIP":"192.0.2.2","PublicIPv6":"{{publicIPv6}}","BackendType":"vxlan"}""", out var attributes, out _));
        Assert.Empty(table.Apply(new LeaseChange.Put(new Lease(Key(key), attributes))));
        Assert.Contains(reason, Assert.Single(table.ListRejected()).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_backend_type_and_the_word_of_our_backend_reject()
    {
        var table = new LeaseTable(Own, Config, "vxlan", lease => lease.Attributes.BackendData is null ? "it has no MAC" : null, NullLogger.Instance);
        var peer = Peer("10.5.2.0-24", "192.0.2.2");
        Assert.Empty(table.Apply(new LeaseChange.Put(peer with { Attributes = peer.Attributes with { BackendType = "host-gw" } })));
        Assert.Contains("host-gw", Assert.Single(table.ListRejected()).Reason, StringComparison.Ordinal);
        Assert.Empty(table.Apply(new LeaseChange.Put(peer)));
        Assert.Equal("it has no MAC", Assert.Single(table.ListRejected()).Reason);
        Assert.Single(table.Apply(new LeaseChange.Put(peer with { Attributes = peer.Attributes with { BackendData = "{}" } })));
        Assert.Empty(table.ListRejected());
    }

    [Fact]
    public void A_dual_stack_peer_is_an_ipv4_peer_of_an_ipv4_network()
    {
        var peer = Peer("10.5.2.0-24&fd00:5:2::-64", "192.0.2.2");
        var change = Assert.Single(Table().Apply(new LeaseChange.Put(peer)));
        Assert.Equal(peer.Key, change.Key);
        Assert.Equal(Key("10.5.2.0-24"), change.Lease!.Key);
    }

    [Fact]
    public void Of_two_overlapping_peers_the_earlier_stays_and_the_later_waits_for_it_to_leave()
    {
        var table = Table();
        var (first, wide, narrow) = (Peer("10.5.2.0-24", "192.0.2.2"), Peer("10.5.2.0-23", "192.0.2.3"), Peer("10.5.2.64-26", "192.0.2.4"));
        table.Apply(new LeaseChange.Put(first));
        Assert.Empty(table.Apply(new LeaseChange.Put(wide)));
        Assert.Empty(table.Apply(new LeaseChange.Put(narrow)));
        Assert.Equal(2, table.RejectedCount);
        Assert.Equal([new PeerChange(first.Key, null), new PeerChange(wide.Key, wide)], table.Apply(new LeaseChange.Removed(first.Key)));
        Assert.Contains(wide.Key.ToString(), Assert.Single(table.ListRejected()).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_two_peers_with_one_public_address_the_later_waits_for_the_earlier_to_change()
    {
        var table = Table();
        var (first, second) = (Peer("10.5.2.0-24", "192.0.2.2"), Peer("10.5.3.0-24", "192.0.2.2"));
        table.Apply(new LeaseChange.Put(first));
        Assert.Empty(table.Apply(new LeaseChange.Put(second)));
        var moved = Peer("10.5.2.0-24", "192.0.2.9");
        Assert.Equal([new PeerChange(first.Key, moved), new PeerChange(second.Key, second)], table.Apply(new LeaseChange.Put(moved)));
        Assert.Equal((2, 0), (table.PeerCount, table.RejectedCount));
    }

    [Fact]
    public void A_peer_that_turns_hostile_is_taken_out_and_comes_back()
    {
        var table = Table();
        var peer = Peer("10.5.2.0-24", "192.0.2.2");
        table.Apply(new LeaseChange.Put(peer));
        Assert.Equal([new PeerChange(peer.Key, null)], table.Apply(new LeaseChange.Put(Peer("10.5.2.0-24", "127.0.0.1"))));
        Assert.Equal([new PeerChange(peer.Key, peer)], table.Apply(new LeaseChange.Put(peer)));
    }

    [Fact]
    public void When_our_public_address_changes_every_peer_is_judged_again()
    {
        var table = Table();
        var (twin, other) = (Peer("10.5.2.0-24", "192.0.2.1"), Peer("10.5.3.0-24", "192.0.2.3"));
        table.Apply(new LeaseChange.Snapshot([twin, other]));
        Assert.Equal(
            [new PeerChange(other.Key, null), new PeerChange(twin.Key, twin)],
            table.ApplyOwn(Own.Attributes with { PublicIP = IPAddress.Parse("192.0.2.3") }));
    }

    private static LeaseTable Table() => new(Own, Config, "vxlan", _ => null, NullLogger.Instance);

    private static Lease Peer(string key, string publicIP) => new(Key(key), new LeaseAttributes { PublicIP = IPAddress.Parse(publicIP), BackendType = "vxlan" });

    private static LeaseKey Key(string text) => LeaseKey.TryParse(text, out var key) ? key : throw new FormatException(text);
}
