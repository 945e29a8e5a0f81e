using System.Net;
using Flannel.Leases;
using Flannel.Leases.Kube;
using Flannel.Stores.Kube;
using Flannel.Testing;
using Xunit;

namespace Flannel.UnitTests.Leases.Kube;

public sealed class NodeTableTests
{
    private readonly RecordingLogger _logger = new();
    private readonly NodeTable _nodes;

    public NodeTableTests() => _nodes = new NodeTable(new NodeLease(Nodes.Names, Nodes.IPv4), _logger);

    [Fact]
    public void A_list_is_a_snapshot_of_the_nodes_that_are_leases()
    {
        var snapshot = List(Nodes.Vxlan("a", "10.244.1.0/24"), Nodes.Vxlan("b", "10.244.2.0/24"), Nodes.Vxlan("c", "10.244.3.0/24").With("kube-subnet-manager", null), Nodes.Vxlan("d"));

        Assert.Equal(["10.244.1.0-24", "10.244.2.0-24"], snapshot);
        Assert.Equal((1, 1), (_logger.Count("Ignoring the node"), _logger.Count("Ignoring the node 'd': node \"d\" pod cidr not assigned")));
    }

    [Fact]
    public void A_node_becomes_a_lease_changes_and_is_deleted()
    {
        List();
        var node = Nodes.Vxlan("a", "10.244.1.0/24");

        Assert.False(_nodes.NeedsWhole(node.Metadata().With("kube-subnet-manager", null)));
        Assert.True(_nodes.NeedsWhole(node.Metadata()));
        var added = Put(_nodes.Put(node));
        Assert.Equal(("10.244.1.0-24", "192.0.2.7"), (added.Key.ToString(), added.Attributes.PublicIP!.ToString()));

        Assert.False(_nodes.NeedsWhole(node.Metadata()));
        Assert.Empty(_nodes.Put(node.Metadata() with { ResourceVersion = "2" }));
        Assert.Equal(IPAddress.Parse("192.0.2.8"), Put(_nodes.Put(node.Metadata().With("public-ip", "192.0.2.8"))).Attributes.PublicIP);

        Assert.Equal([new LeaseChange.Removed(Nodes.Key("10.244.1.0-24"))], _nodes.Delete("a"));
        Assert.Empty(_nodes.Delete("a"));
    }

    [Fact]
    public void A_node_is_asked_for_once_when_its_pod_network_is_announced_and_never_again()
    {
        List();
        var node = Nodes.Vxlan("a", "10.244.1.0/24");
        var bare = node.With("kube-subnet-manager", null);

        Assert.False(_nodes.NeedsWhole(bare.Metadata()));
        Assert.True(_nodes.NeedsWhole(Announced(bare)));
        Assert.Empty(_nodes.Put(bare));
        Assert.False(_nodes.NeedsWhole(Announced(bare)));
        Assert.Empty(_nodes.Put(Announced(bare)));

        Assert.False(_nodes.NeedsWhole(Announced(node)));
        Assert.Equal("10.244.1.0-24", Put(_nodes.Put(Announced(node))).Key.ToString());
        Assert.False(_nodes.NeedsWhole(Announced(node)));
    }

    [Fact]
    public void The_pod_network_of_a_listed_node_is_known_when_it_becomes_a_lease()
    {
        var node = Nodes.Vxlan("a", "10.244.1.0/24");
        List(node.With("kube-subnet-manager", null));

        Assert.False(_nodes.NeedsWhole(node.Metadata()));
        Assert.Equal("10.244.1.0-24", Put(_nodes.Put(node.Metadata())).Key.ToString());
    }

    [Fact]
    public void What_was_known_of_a_node_ends_with_it()
    {
        var bare = Nodes.Vxlan("a", "10.244.1.0/24").With("kube-subnet-manager", null);
        var other = Announced(bare) with { Uid = "another" };
        List(bare);

        Assert.True(_nodes.NeedsWhole(other));
        _nodes.Delete("a");
        Assert.True(_nodes.NeedsWhole(Announced(bare)));
        _nodes.Put(bare);
        List();
        Assert.True(_nodes.NeedsWhole(Announced(bare)));
    }

    [Fact]
    public void A_pod_network_that_makes_no_sense_is_not_asked_for_again()
    {
        List();
        var node = Nodes.Vxlan("a", "0.0.0.0/0");

        Assert.Empty(_nodes.Put(node));
        Assert.False(_nodes.NeedsWhole(Announced(node)));
        Assert.Empty(_nodes.Put(Announced(node)));
        Assert.Equal(1, _logger.Count("the pod cidr '0.0.0.0/0' of node \"a\" is not a network"));
    }

    [Fact]
    public void A_change_in_only_one_family_counts()
    {
        var nodes = new NodeTable(new NodeLease(Nodes.Names, Nodes.Both), _logger);
        var node = Nodes.Vxlan("a", "10.244.1.0/24", "fd00:244:0:1::/64").With("public-ipv6", "2001:db8::7").With("backend-v6-data", "{}");
        nodes.Put(node);

        Assert.Equal("2001:db8::8", Put(nodes.Put(node.Metadata().With("public-ipv6", "2001:db8::8"))).Attributes.PublicIPv6!.ToString());
        Assert.Equal("192.0.2.8", Put(nodes.Put(node.Metadata().With("public-ipv6", "2001:db8::8").With("public-ip", "192.0.2.8"))).Attributes.PublicIP!.ToString());
    }

    [Theory]
    [InlineData("kube-subnet-manager", null, "it no longer says that it is one")]
    [InlineData("kube-subnet-manager", "false", "it no longer says that it is one")]
    [InlineData("public-ip", "nonsense", "flannel.alpha.coreos.com/public-ip is no address")]
    [InlineData("backend-data", "{", "flannel.alpha.coreos.com/backend-data is not JSON")]
    public void A_lease_whose_annotations_go_is_kept_and_said_to_be_once(string suffix, string? value, string reason)
    {
        var node = Nodes.Vxlan("a", "10.244.1.0/24");
        List(node);
        var stripped = node.With(suffix, value);

        Assert.Empty(_nodes.Put(stripped.Metadata()));
        Assert.Empty(_nodes.Put(stripped.Metadata()));
        Assert.Equal(["10.244.1.0-24"], List(stripped));
        Assert.Equal(1, _logger.Count($"Keeping the lease 10.244.1.0-24 of the node 'a' as it was last read: {reason}"));

        Assert.Empty(_nodes.Put(node.Metadata()));
        Assert.Equal("192.0.2.8", Put(_nodes.Put(node.Metadata().With("public-ip", "192.0.2.8"))).Attributes.PublicIP!.ToString());
        Assert.Single(_nodes.Delete("a"));
    }

    [Fact]
    public void What_a_new_list_lacks_is_gone()
    {
        List(Nodes.Vxlan("a", "10.244.1.0/24"), Nodes.Vxlan("b", "10.244.2.0/24"));

        Assert.Equal(["10.244.2.0-24"], List(Nodes.Vxlan("b", "10.244.2.0/24")));
        Assert.Empty(_nodes.Delete("a"));
    }

    [Fact]
    public void A_list_that_broke_off_counts_for_nothing()
    {
        List(Nodes.Vxlan("a", "10.244.1.0/24"));
        _nodes.BeginList();
        _nodes.AddListed(Nodes.Vxlan("gone", "10.244.9.0/24"));

        Assert.Equal(["10.244.1.0-24"], List(Nodes.Vxlan("a", "10.244.1.0/24")));
    }

    [Fact]
    public void Another_node_under_the_same_name_replaces_the_first()
    {
        List(Nodes.Vxlan("a", "10.244.1.0/24"));
        var other = Nodes.Vxlan("a", "10.244.7.0/24") with { Uid = "another" };

        Assert.True(_nodes.NeedsWhole(other.Metadata()));
        var changes = _nodes.Put(other);

        Assert.Equal(new LeaseChange.Removed(Nodes.Key("10.244.1.0-24")), changes[0]);
        Assert.Equal("10.244.7.0-24", Assert.IsType<LeaseChange.Put>(changes[1]).Lease.Key.ToString());
    }

    [Fact]
    public void Another_node_under_the_same_name_that_is_no_lease_ends_the_first()
    {
        List(Nodes.Vxlan("a", "10.244.1.0/24"));
        var other = (Nodes.Vxlan("a") with { Uid = "another" }).With("kube-subnet-manager", null).Metadata();

        Assert.Equal([new LeaseChange.Removed(Nodes.Key("10.244.1.0-24"))], _nodes.Put(other));
        Assert.Equal([], List(other));
    }

    [Fact]
    public void Of_two_nodes_with_one_pod_network_the_first_has_it_until_it_leaves()
    {
        List(Nodes.Vxlan("a", "10.244.1.0/24"));
        var rival = Nodes.Vxlan("b", "10.244.1.0/24").With("public-ip", "192.0.2.8");

        Assert.Empty(_nodes.Put(rival));
        Assert.Empty(_nodes.Put(rival.Metadata().With("public-ip", "192.0.2.9")));
        Assert.Equal(1, _logger.Count("Ignoring the node 'b': the node 'a' has its pod network 10.244.1.0-24"));
        Assert.Equal("192.0.2.9", Put(_nodes.Delete("a")).Attributes.PublicIP!.ToString());
        Assert.Equal([new LeaseChange.Removed(Nodes.Key("10.244.1.0-24"))], _nodes.Delete("b"));
    }

    [Fact]
    public void Who_has_a_pod_network_keeps_it_when_another_comes_before_it_in_a_new_list()
    {
        var first = Nodes.Vxlan("b", "10.244.1.0/24");
        List(first);

        List(Nodes.Vxlan("a", "10.244.1.0/24").With("public-ip", "192.0.2.8"), first);

        Assert.Equal(1, _logger.Count("Ignoring the node 'a': the node 'b' has its pod network 10.244.1.0-24"));
        Assert.Equal("192.0.2.8", Put(_nodes.Delete("b")).Attributes.PublicIP!.ToString());
    }

    [Fact]
    public void Of_two_nodes_in_a_first_list_the_one_that_was_registered_first_has_their_pod_network()
    {
        var early = Nodes.Vxlan("b", "10.244.1.0/24") with { CreatedAt = DateTimeOffset.UnixEpoch };
        var late = Nodes.Vxlan("a", "10.244.1.0/24") with { CreatedAt = DateTimeOffset.UnixEpoch.AddSeconds(1) };

        List(late, early);

        Assert.Equal(1, _logger.Count("Ignoring the node 'a': the node 'b' has its pod network 10.244.1.0-24"));
    }

    private IEnumerable<string> List(params KubeNode[] nodes)
    {
        _nodes.BeginList();
        foreach (var node in nodes)
        {
            _nodes.AddListed(node);
        }

        return [.. _nodes.EndList().Leases.Select(lease => lease.Key.ToString()).Order(StringComparer.Ordinal)];
    }

    /// <summary>What the watch tells of a node whose pod network has been assigned.</summary>
    private static KubeNode Announced(KubeNode node) => node.Metadata() with { SaysItHasPodCidr = true };

    private static Lease Put(IReadOnlyList<LeaseChange> changes) => Assert.IsType<LeaseChange.Put>(Assert.Single(changes)).Lease;
}
