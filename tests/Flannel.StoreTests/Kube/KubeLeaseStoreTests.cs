using System.Net;
using System.Text.Json;
using Flannel.Leases;
using Flannel.Testing;
using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.StoreTests.Kube;

/// <summary>Leases in a real cluster: the contract of all stores, and what is its own where a cluster assigns subnets.</summary>
public sealed partial class KubeLeaseStoreTests(SharedCluster shared) : LeaseStoreContract, IClassFixture<SharedCluster>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static int _tests;

    private readonly string _prefix = $"test-{Interlocked.Increment(ref _tests)}.example.org/blue";
    private readonly string _names = $"n{Guid.NewGuid():n}"[..8];

    private KubeCluster Cluster => shared.Cluster;

    [Fact]
    [Trait("case", "I1")]
    public async Task A_node_is_annotated_and_its_pod_network_is_the_lease()
    {
        await using var daemon = await DaemonAsync("a", "10.244.1.0/24");
        await Cluster.AnnotateAsync(Node("a"), new Dictionary<string, string?> { ["example.org/other"] = "kept" });

        var lease = await daemon.AcquireAsync("192.0.2.7");

        Assert.Equal(("10.244.1.0-24", null), (lease.Key.ToString(), lease.Expires));
        var annotations = await Cluster.AnnotationsAsync(Node("a"));
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["example.org/other"] = "kept",
                [$"{_prefix}-kube-subnet-manager"] = "true",
                [$"{_prefix}-backend-type"] = "vxlan",
                [$"{_prefix}-backend-data"] = """{"VNI":1,"VtepMAC":"3e:11:22:33:44:55"}""",
                [$"{_prefix}-public-ip"] = "192.0.2.7",
            },
            annotations.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary());
        Assert.Equal(Daemon.Attributes("192.0.2.7"), await daemon.Store.FindOwnAsync(new LeaseAttributes(), Token));
        Assert.Equal(lease, Assert.Single(await daemon.Store.ListAsync(Token)));
    }

    [Fact]
    public async Task The_public_addresses_an_operator_fixed_are_found()
    {
        await using var daemon = await DaemonAsync("a", "10.244.1.0/24");
        Assert.Equal(AnnouncedAddresses.None, await daemon.Store.FindAnnouncedAsync(Token));

        await AnnotateAsync("a", ("node-public-ip", "198.51.100.7"), ("node-public-ipv6", "nonsense"));

        await Eventually.BecomesAsync(() => daemon.Store.FindAnnouncedAsync(Token), found => (found.IPv4?.ToString(), found.IPv6) == ("198.51.100.7", null));
        Assert.True(daemon.Log.Count("'nonsense' is not an address") > 0);
    }

    [Fact]
    public async Task After_the_first_list_the_watch_begins_without_a_pause()
    {
        await Cluster.CreateNodeAsync(Node("a"), "10.244.1.0/24");

        // By this clock a pause has no end.
        await using var daemon = new Daemon(shared.Kubeconfig, Node("a"), _prefix, time: new ManualTime());
        await daemon.RunAsync("192.0.2.7");
        await Cluster.CreateNodeAsync(Node("b"), "10.244.2.0/24");
        await PublishAsync("b", "192.0.2.8");

        await Eventually.IsTrueAsync(() => daemon.Leases.ContainsKey("10.244.2.0-24"), Patience);
    }

    [Fact]
    public async Task The_pod_network_of_a_node_that_becomes_a_lease_is_asked_for()
    {
        await using var daemon = await DaemonAsync("a", "10.244.1.0/24");
        await Cluster.CreateNodeAsync(Node("b"), "10.244.2.0/24");
        await PublishAsync("b", "192.0.2.8");
        await daemon.RunAsync("192.0.2.7");
        Assert.Equal(["10.244.1.0-24", "10.244.2.0-24"], daemon.Leases.Keys.Order());

        // A node that is no lease at first: its pod network is asked for when it becomes one.
        await Cluster.CreateNodeAsync(Node("c"), "10.244.3.0/24");
        await Cluster.HeartbeatAsync(Node("c"));
        await PublishAsync("c", "192.0.2.9");
        await Eventually.IsTrueAsync(() => daemon.Leases.ContainsKey("10.244.3.0-24"), Patience);

        await AnnotateAsync("c", ("public-ip", "192.0.2.10"));
        await Eventually.IsTrueAsync(() => daemon.Leases["10.244.3.0-24"].Attributes.PublicIP!.ToString() == "192.0.2.10", Patience);

        await Cluster.DeleteNodeAsync(Node("c"));
        await Eventually.IsTrueAsync(() => !daemon.Leases.ContainsKey("10.244.3.0-24"), Patience);
        Assert.Equal(1, daemon.Snapshots);
    }

    [Fact]
    public async Task A_peer_whose_annotations_vanish_stays_until_its_node_is_deleted()
    {
        await using var daemon = await DaemonAsync("a", "10.244.1.0/24");
        await Cluster.CreateNodeAsync(Node("b"), "10.244.2.0/24");
        await PublishAsync("b", "192.0.2.8");
        await daemon.RunAsync("192.0.2.7");

        await AnnotateAsync("b", ("kube-subnet-manager", null), ("public-ip", null), ("backend-type", null), ("backend-data", null));
        await Eventually.IsTrueAsync(() => daemon.Log.Count("Keeping the lease 10.244.2.0-24") == 1, Patience);
        Assert.Equal("192.0.2.8", daemon.Leases["10.244.2.0-24"].Attributes.PublicIP!.ToString());

        await Cluster.DeleteNodeAsync(Node("b"));
        await Eventually.IsTrueAsync(() => !daemon.Leases.ContainsKey("10.244.2.0-24"), Patience);
    }

    [Fact]
    public async Task A_node_replaced_under_its_name_has_the_pod_network_of_the_new_one()
    {
        await using var daemon = await DaemonAsync("a", "10.244.1.0/24");
        await Cluster.CreateNodeAsync(Node("b"), "10.244.2.0/24");
        await PublishAsync("b", "192.0.2.8");
        await daemon.RunAsync("192.0.2.7");

        await Cluster.DeleteNodeAsync(Node("b"));
        await Cluster.CreateNodeAsync(Node("b"), "10.244.9.0/24");
        await PublishAsync("b", "192.0.2.8");

        await Eventually.IsTrueAsync(() => daemon.Leases.Keys.Order().SequenceEqual(["10.244.1.0-24", "10.244.9.0-24"]), Patience);
    }

    [Fact]
    public async Task What_others_strip_or_alter_on_our_node_is_written_again_within_a_second()
    {
        await using var daemon = await DaemonAsync("a", "10.244.1.0/24");
        await daemon.RunAsync("192.0.2.7");

        foreach (var (suffix, value) in new[] { ("public-ip", null), ("kube-subnet-manager", "false"), ("backend-data", "null") })
        {
            var before = await ValueAsync("a", suffix);
            await AnnotateAsync("a", (suffix, value));
            await Eventually.IsTrueAsync(async () => await ValueAsync("a", suffix) == before, TimeSpan.FromSeconds(5));
        }

        await Eventually.IsTrueAsync(() => daemon.Log.Count("Wrote the annotations of our node") == 3, Patience);
    }

    [Fact]
    public async Task In_dual_stack_a_change_in_one_family_alone_is_seen()
    {
        await using var daemon = await DaemonAsync("a", "10.244.1.0/24", "fd00:0:0:1::/64");
        await File.WriteAllTextAsync(
            daemon.ConfigFile, """{"Network":"10.244.0.0/16","EnableIPv6":true,"IPv6Network":"fd00::/48","Backend":{"Type":"vxlan"}}""", Token);
        await Cluster.CreateNodeAsync(Node("b"), "10.244.2.0/24", "fd00:0:0:2::/64");
        await PublishAsync("b", "192.0.2.8");
        await AnnotateAsync("b", ("public-ipv6", "2001:db8::8"), ("backend-v6-data", """{"VNI":1,"VtepMAC":"3e:11:22:33:44:67"}"""));
        await daemon.RunAsync(Daemon.Attributes("192.0.2.7") with { PublicIPv6 = IPAddress.Parse("2001:db8::7"), BackendV6Data = """{"VNI":1,"VtepMAC":"3e:11:22:33:44:56"}""" });
        const string Key = "10.244.2.0-24&fd00:0:0:2::-64";
        Assert.Equal(["10.244.1.0-24&fd00:0:0:1::-64", Key], daemon.Leases.Keys.Order());

        foreach (var (suffix, value) in new[] { ("public-ipv6", "2001:db8::9"), ("public-ip", "192.0.2.9"), ("backend-v6-data", """{"VtepMAC":"3e:11:22:33:44:68"}""") })
        {
            await AnnotateAsync("b", (suffix, value));
            await Eventually.IsTrueAsync(() => Published(daemon.Leases[Key].Attributes).Contains(value), Patience);
        }

        static IEnumerable<string?> Published(LeaseAttributes peer) => [$"{peer.PublicIP}", $"{peer.PublicIPv6}", peer.BackendData, peer.BackendV6Data];
    }

    [Fact]
    public async Task Twenty_daemons_that_start_at_one_moment_see_each_other()
    {
        var daemons = await Task.WhenAll(Enumerable.Range(1, 20).Select(i => DaemonAsync($"d{i}", $"10.244.{i}.0/24")));
        try
        {
            await Task.WhenAll(daemons.Select((daemon, i) => daemon.RunAsync($"192.0.2.{i + 1}")));

            foreach (var daemon in daemons)
            {
                await Eventually.IsTrueAsync(() => daemon.Leases.Count == 20, Patience);
                Assert.Equal(20, daemon.Leases.Values.Select(lease => lease.Attributes.PublicIP).Distinct().Count());
                Assert.Equal((1, ""), (daemon.Snapshots, daemon.Obstacle));
            }
        }
        finally
        {
            await Task.WhenAll(daemons.Select(daemon => daemon.DisposeAsync().AsTask()));
        }
    }

    [Fact]
    [Trait("case", "N1")]
    public async Task An_overwrite_is_followed_while_the_daemon_runs_and_given_up_with_it()
    {
        await using var daemon = await DaemonAsync("a", "10.244.1.0/24");
        await daemon.RunAsync("192.0.2.7");

        await AnnotateAsync("a", ("public-ip-overwrite", "172.18.0.2"));
        await Eventually.IsTrueAsync(async () => await ValueAsync("a", "public-ip") == "172.18.0.2", Patience);
        await Eventually.IsTrueAsync(() => daemon.Leases["10.244.1.0-24"].Attributes.PublicIP!.ToString() == "172.18.0.2", Patience);

        await AnnotateAsync("a", ("public-ip-overwrite", null));
        await Eventually.IsTrueAsync(async () => await ValueAsync("a", "public-ip") == "192.0.2.7", Patience);
    }

    [Fact]
    public async Task The_condition_of_a_node_whose_network_is_up_is_cleared()
    {
        await using var daemon = await DaemonAsync("a", "10.244.1.0/24");
        await daemon.RunAsync("192.0.2.7");

        var condition = await Eventually.BecomesAsync<JsonElement?>(() => ConditionAsync("a"), found => found is not null, Patience);
        Assert.Equal(("False", "FlannelIsUp"), (condition!.Value.GetProperty("status").GetString(), condition.Value.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task A_node_made_anew_with_the_same_pod_network_is_annotated_again()
    {
        await using var daemon = await DaemonAsync("a", "10.244.1.0/24");
        var keeper = await daemon.RunAsync("192.0.2.7");

        await Cluster.DeleteNodeAsync(Node("a"));
        await Eventually.IsTrueAsync(() => daemon.Log.Count("was deleted") == 1, Patience);
        await Cluster.CreateNodeAsync(Node("a"), "10.244.1.0/24");

        await Eventually.IsTrueAsync(async () => await ValueAsync("a", "public-ip") == "192.0.2.7", Patience);
        await Eventually.IsTrueAsync(async () => await ConditionAsync("a") is not null, Patience);
        Assert.False(keeper.IsCompleted);
    }

    [Fact]
    public async Task A_node_made_anew_with_another_pod_network_is_a_lost_lease()
    {
        await using var daemon = await DaemonAsync("a", "10.244.1.0/24");
        var keeper = await daemon.RunAsync("192.0.2.7");

        await Cluster.DeleteNodeAsync(Node("a"));
        await Cluster.CreateNodeAsync(Node("a"), "10.244.5.0/24");

        var lost = await Assert.ThrowsAsync<LeaseLostException>(() => keeper.WaitAsync(Patience, Token));
        Assert.Contains($"the pod network of our node \"{Node("a")}\" was 10.244.1.0-24 and is 10.244.5.0-24 now", lost.Message, StringComparison.Ordinal);
        Assert.Null(await ValueAsync("a", "public-ip"));
    }

    private async Task<Daemon> DaemonAsync(string node, params string[] podCidrs)
    {
        await Cluster.CreateNodeAsync(Node(node), podCidrs);
        return new Daemon(shared.Kubeconfig, Node(node), _prefix);
    }

    private string Node(string name) => $"{_names}-{name}";

    /// <summary>Annotates a node as another daemon would.</summary>
    private Task PublishAsync(string node, string publicIP) => AnnotateAsync(
        node, ("kube-subnet-manager", "true"), ("backend-type", "vxlan"), ("backend-data", """{"VNI":1,"VtepMAC":"3e:11:22:33:44:66"}"""), ("public-ip", publicIP));

    private Task<JsonElement> AnnotateAsync(string node, params (string Suffix, string? Value)[] annotations) =>
        Cluster.AnnotateAsync(Node(node), annotations.ToDictionary(annotation => $"{_prefix}-{annotation.Suffix}", annotation => annotation.Value));

    private async Task<string?> ValueAsync(string node, string suffix) => (await Cluster.AnnotationsAsync(Node(node))).GetValueOrDefault($"{_prefix}-{suffix}");

    private async Task<JsonElement?> ConditionAsync(string node) =>
        (await Cluster.GetNodeAsync(Node(node))).GetProperty("status").TryGetProperty("conditions", out var conditions)
            ? conditions.EnumerateArray().Where(condition => condition.GetProperty("type").GetString() == "NetworkUnavailable").Select(condition => (JsonElement?)condition).FirstOrDefault()
            : null;
}
