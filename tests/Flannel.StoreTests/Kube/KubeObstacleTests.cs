using System.Text.Json.Nodes;
using Flannel.Leases;
using Flannel.Stores;
using Flannel.Testing;
using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.StoreTests.Kube;

/// <summary>What may be in a daemon's way in a cluster: it says what, once, and goes on by itself once that is gone.</summary>
public sealed class KubeObstacleTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private const string Prefix = "flannel.alpha.coreos.com";
    private const string Namespace = "kube-system";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _node = $"n{Guid.NewGuid():n}"[..8];

    private KubeCluster Cluster => shared.Cluster;

    [Fact]
    public async Task A_node_that_comes_late_and_gets_its_pod_network_later_is_waited_for()
    {
        await using var daemon = new Daemon(shared.Kubeconfig, _node, Prefix);
        var acquiring = daemon.AcquireAsync("192.0.2.7");
        await Eventually.IsTrueAsync(() => daemon.Obstacle.Contains($"there is no node \"{_node}\" yet", StringComparison.Ordinal), Patience);

        await Cluster.CreateNodeAsync(_node);
        await Eventually.IsTrueAsync(() => daemon.Obstacle.Contains($"node \"{_node}\" pod cidr not assigned", StringComparison.Ordinal), Patience);
        await Eventually.IsTrueAsync(
            async () => (await EventsAsync()).Contains("FlannelPodCIDRNotAssigned: ", StringComparison.Ordinal), Patience);
        Assert.Contains("--allocate-node-cidrs", await EventsAsync(), StringComparison.Ordinal);

        await AssignAsync("10.244.1.0/24");
        var lease = await acquiring.WaitAsync(Patience, TestContext.Current.CancellationToken);

        Assert.Equal(("10.244.1.0-24", ""), (lease.Key.ToString(), daemon.Obstacle));
        Assert.Equal((1, 1), (daemon.Log.Count("Waiting: there is no node"), daemon.Log.Count("Waiting: node")));
    }

    [Fact]
    public async Task A_network_that_does_not_contain_the_pod_network_is_waited_for_until_the_file_has_another()
    {
        await Cluster.CreateNodeAsync(_node, "10.99.1.0/24");
        await using var daemon = new Daemon(shared.Kubeconfig, _node, Prefix);
        var acquiring = daemon.AcquireAsync("192.0.2.7");
        await Eventually.IsTrueAsync(() => daemon.Obstacle.Contains("doesn't contain \"10.99.1.0/24\" PodCIDR", StringComparison.Ordinal), Patience);
        await Eventually.IsTrueAsync(async () => (await EventsAsync()).Contains("FlannelPodCIDROutsideNetwork", StringComparison.Ordinal), Patience);

        await File.WriteAllTextAsync(daemon.ConfigFile, Daemon.ConfigText.Replace("10.244", "10.99", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<ConfigChangedException>(() => acquiring.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Equal("10.99.1.0-24", (await daemon.AcquireAsync("192.0.2.7")).Key.ToString());
    }

    [Fact]
    public async Task A_missing_configuration_file_is_named_and_waited_for()
    {
        await Cluster.CreateNodeAsync(_node, "10.244.1.0/24");
        await using var daemon = new Daemon(shared.Kubeconfig, _node, Prefix);
        File.Delete(daemon.ConfigFile);
        var reading = daemon.Store.GetConfigAsync(daemon.Token);
        await Eventually.IsTrueAsync(() => daemon.Obstacle.StartsWith($"failed to read net conf: {daemon.ConfigFile}", StringComparison.Ordinal), Patience);
        await Eventually.IsTrueAsync(async () => (await EventsAsync()).Contains("FlannelNetConfMissing", StringComparison.Ordinal), Patience);

        await File.WriteAllTextAsync(daemon.ConfigFile, Daemon.ConfigText, TestContext.Current.CancellationToken);

        Assert.Equal((Daemon.ConfigText, ""), (await reading.WaitAsync(Patience, TestContext.Current.CancellationToken), daemon.Obstacle));
    }

    [Fact]
    public async Task A_configuration_that_makes_no_sense_is_told_by_an_event_on_the_node_of_our_pod_and_waited_for()
    {
        await Cluster.CreateNodeAsync(_node, "10.244.1.0/24");
        await CreatePodAsync(_node);
        await using var daemon = NewDaemonInPod();
        await File.WriteAllTextAsync(daemon.ConfigFile, """{"Network":"10.244.0.0/16","Backend":{"Type":""", TestContext.Current.CancellationToken);
        var acquiring = daemon.AcquireAsync("192.0.2.7");
        await Eventually.IsTrueAsync(() => daemon.Obstacle.StartsWith($"error parsing subnet config: {daemon.ConfigFile}: ", StringComparison.Ordinal), Patience);
        await Eventually.IsTrueAsync(async () => (await EventsAsync()).StartsWith("FlannelNetConfInvalid: error parsing", StringComparison.Ordinal), Patience);

        await File.WriteAllTextAsync(daemon.ConfigFile, Daemon.ConfigText, TestContext.Current.CancellationToken);

        Assert.Equal("10.244.1.0-24", (await acquiring.WaitAsync(Patience, TestContext.Current.CancellationToken)).Key.ToString());
        Assert.Equal(("", 1), (daemon.Obstacle, daemon.Log.Count($"Our node is '{_node}', the one of the pod {Namespace}/{_node}")));
    }

    [Theory]
    [InlineData(false, "error retrieving pod spec for '")]
    [InlineData(true, "node name not present in pod spec '")]
    public async Task Without_a_node_of_our_pod_there_is_no_lease(bool hasPod, string reason)
    {
        if (hasPod)
        {
            await CreatePodAsync(node: null);
        }

        await using var daemon = NewDaemonInPod();

        var e = await Assert.ThrowsAsync<StoreException>(() => daemon.AcquireAsync("192.0.2.7"));
        Assert.StartsWith($"{reason}{Namespace}/{_node}'", e.Message, StringComparison.Ordinal);
        Assert.False(e.IsTransient);
    }

    [Fact]
    public async Task Where_events_are_refused_everything_else_goes_on()
    {
        await Cluster.CreateNodeAsync(_node);
        var kubeconfig = await FlannelAccount.CreateAsync(Cluster, _node);
        await FlannelAccount.GrantAsync(Cluster, _node, events: false);
        await Eventually.IsTrueAsync(async () => !await MayLeaveEventsAsync(), Patience);
        await using var daemon = new Daemon(kubeconfig, _node, Prefix);
        var acquiring = daemon.AcquireAsync("192.0.2.7");
        await Eventually.IsTrueAsync(() => daemon.Log.Count("No event on our node: ") == 1, Patience);

        await AssignAsync("10.244.1.0/24");

        Assert.Equal("10.244.1.0-24", (await acquiring.WaitAsync(Patience, TestContext.Current.CancellationToken)).Key.ToString());
        Assert.Equal("", await EventsAsync());
    }

    [Fact]
    public async Task Rights_that_are_missing_are_named_and_waited_for()
    {
        await Cluster.CreateNodeAsync(_node, "10.244.1.0/24");
        var kubeconfig = await FlannelAccount.CreateAsync(Cluster, _node);
        await FlannelAccount.RevokeAsync(Cluster, _node);
        await using var daemon = new Daemon(kubeconfig, _node, Prefix);
        var acquiring = daemon.AcquireAsync("192.0.2.7");
        await Eventually.IsTrueAsync(() => daemon.Obstacle.Contains("Grant flanneld's service account", StringComparison.Ordinal), Patience);

        await FlannelAccount.GrantAsync(Cluster, _node);

        Assert.Equal("10.244.1.0-24", (await acquiring.WaitAsync(Patience, TestContext.Current.CancellationToken)).Key.ToString());
        Assert.Equal(1, daemon.Log.Count("Waiting: "));
    }

    /// <summary>As a controller manager does that allocates.</summary>
    private Task AssignAsync(string podCidr) =>
        Cluster.PatchNodeAsync(_node, new JsonObject { ["spec"] = new JsonObject { ["podCIDR"] = podCidr, ["podCIDRs"] = new JsonArray(podCidr) } });

    private async Task<bool> MayLeaveEventsAsync()
    {
        var asked = new JsonObject { ["verb"] = "create", ["resource"] = "events", ["namespace"] = "default" };
        var answer = await Cluster.Api.PostAsync("/apis/authorization.k8s.io/v1/subjectaccessreviews", new JsonObject
        {
            ["spec"] = new JsonObject { ["user"] = $"system:serviceaccount:{Namespace}:{_node}", ["resourceAttributes"] = asked },
        });
        return answer.GetProperty("status").GetProperty("allowed").GetBoolean();
    }

    private Daemon NewDaemonInPod() =>
        new(shared.Kubeconfig, "", Prefix, options => options with { PodName = _node, PodNamespace = Namespace });

    /// <summary>A pod with the name of the test's node, on a node or not yet.</summary>
    private Task CreatePodAsync(string? node)
    {
        var spec = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "flannel", ["image"] = "flannel" }) };
        if (node is not null)
        {
            spec["nodeName"] = node;
        }

        return Cluster.Api.PostAsync($"/api/v1/namespaces/{Namespace}/pods", new JsonObject { ["metadata"] = new JsonObject { ["name"] = _node }, ["spec"] = spec });
    }

    private async Task<string> EventsAsync()
    {
        var events = await Cluster.Api.GetAsync($"/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3D{_node}");
        return string.Join('\n', events.GetProperty("items").EnumerateArray().Select(item => $"{item.GetProperty("reason").GetString()}: {item.GetProperty("message").GetString()}"));
    }
}
