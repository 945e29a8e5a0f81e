using System.Text.Json.Nodes;
using Flannel.Stores.Kube;
using Xunit;

namespace Flannel.StoreTests.Kube;

public sealed class KubeWatchTests(SharedKube kube) : IClassFixture<SharedKube>, IDisposable
{
    private readonly KubeClient _client = SharedKube.NewClient(kube.Cluster);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_watch_tells_metadata_of_what_changes_and_ends_by_itself_with_a_bookmark()
    {
        using var client = new KubeClient(SharedKube.Options(kube.Cluster) with { WatchWindow = TimeSpan.FromSeconds(6) });
        var version = await VersionAsync();
        var told = new List<KubeNodeEvent>();
        var watch = FollowAsync();

        await kube.Cluster.CreateNodeAsync("told", "10.244.1.0/24");
        await kube.Cluster.AnnotateAsync("told", new Dictionary<string, string?> { ["flannel.alpha.coreos.com/public-ip"] = "192.0.2.1", ["other.org/x"] = "y" });
        await kube.Cluster.DeleteNodeAsync("told");
        await watch.WaitAsync(TimeSpan.FromSeconds(60), Token);

        var nodes = told.Where(one => one.Node.Name == "told").ToList();
        Assert.Equal(KubeNodeEventType.Bookmark, told[^1].Type);
        Assert.Equal([KubeNodeEventType.Added, KubeNodeEventType.Modified, KubeNodeEventType.Deleted], nodes.Select(one => one.Type).Distinct());
        Assert.All(nodes, one => Assert.Null(one.Node.PodCidr));
        Assert.Equal([KeyValuePair.Create("flannel.alpha.coreos.com/public-ip", "192.0.2.1")], nodes[^1].Node.Annotations);

        async Task FollowAsync()
        {
            await foreach (var one in client.WatchNodesAsync(version, cancellationToken: Token))
            {
                told.Add(one);
            }
        }
    }

    [Fact]
    public async Task A_watch_of_one_node_tells_of_no_other()
    {
        var version = await VersionAsync();
        await using var watch = Recording<KubeNodeEvent>.Of(token => _client.WatchNodesAsync(version, "chosen", token));

        await kube.Cluster.CreateNodeAsync("other");
        await kube.Cluster.CreateNodeAsync("chosen");

        await watch.WaitForAsync(one => one.Node.Name == "chosen");
        Assert.DoesNotContain(watch.Items, one => one.Node.Name == "other");
    }

    [Fact]
    public async Task A_version_that_is_forgotten_is_told_as_gone()
    {
        await kube.Cluster.CreateNodeAsync("forgotten");
        await kube.Cluster.RestartAsync();

        // A restarted server remembers nothing from before its start.
        await using var watch = Recording<KubeNodeEvent>.Of(token => _client.WatchNodesAsync("1", cancellationToken: token));

        var failure = await watch.FailsWithAsync<KubeException>();
        Assert.Equal((410, true), (failure.StatusCode, failure.IsGone));
    }

    [Fact]
    public async Task A_killed_server_breaks_the_watch_as_transient_and_answers_again_once_it_is_back()
    {
        await using var watch = await FollowAsync(_client, "killed");

        await kube.Cluster.KillAsync();

        try
        {
            Assert.Equal((true, 0), await FailureAsync(watch));
            Assert.True((await Assert.ThrowsAsync<KubeException>(() => _client.GetNodeAsync("killed", notBefore: "", Token))).IsTransient);
        }
        finally
        {
            await kube.Cluster.RestartAsync();
        }

        Assert.Equal("killed", (await _client.GetNodeAsync("killed", notBefore: "", Token)).Name);
    }

    [Fact]
    public async Task A_hung_server_ends_the_watch_by_its_silence_and_does_not_answer_the_next()
    {
        using var client = new KubeClient(SharedKube.Options(kube.Cluster) with { KeepAlive = TimeSpan.FromSeconds(5), CallTimeout = TimeSpan.FromSeconds(5) });
        await using var watch = await FollowAsync(client, "hung");

        kube.Cluster.Pause();

        try
        {
            await watch.EndsAsync();
            await using var next = Recording<KubeNodeEvent>.Of(token => client.WatchNodesAsync(watch.Items[^1].Node.ResourceVersion, cancellationToken: token));
            Assert.Equal((true, 0), await FailureAsync(next));
        }
        finally
        {
            kube.Cluster.Resume();
        }
    }

    [Fact]
    public async Task A_pod_network_is_announced_when_it_is_assigned_and_can_be_asked_for_at_that_version()
    {
        var version = await VersionAsync();
        await using var watch = Recording<KubeNodeEvent>.Of(token => _client.WatchNodesAsync(version, "late", token));

        await kube.Cluster.CreateNodeAsync("late");
        await kube.Cluster.HeartbeatAsync("late");
        await kube.Cluster.PatchNodeAsync("late", JsonNode.Parse("""{ "spec": { "podCIDR": "10.244.9.0/24", "podCIDRs": ["10.244.9.0/24"] } }""")!);

        var announced = (await watch.WaitForAsync(one => one.Node.SaysItHasPodCidr)).Node;
        Assert.Equal([false, false, true], watch.Items.Where(one => one.Node.Name == "late").Select(one => one.Node.SaysItHasPodCidr));
        Assert.Equal("10.244.9.0/24", (await _client.GetNodeAsync("late", announced.ResourceVersion, Token)).PodCidr);
    }

    public void Dispose() => _client.Dispose();

    private async Task<string> VersionAsync() => (await SharedKube.ListAsync(_client, fromCache: false, Token))[^1].Node.ResourceVersion;

    /// <summary>A watch that is known to work, since it has told of a node of this name.</summary>
    private async Task<Recording<KubeNodeEvent>> FollowAsync(KubeClient client, string name)
    {
        var version = await VersionAsync();
        var watch = Recording<KubeNodeEvent>.Of(token => client.WatchNodesAsync(version, cancellationToken: token));
        await kube.Cluster.CreateNodeAsync(name);
        await watch.WaitForAsync(one => one.Node.Name == name);
        return watch;
    }

    private static async Task<(bool IsTransient, int Status)> FailureAsync(Recording<KubeNodeEvent> watch)
    {
        var failure = await watch.FailsWithAsync<KubeException>();
        return (failure.IsTransient, failure.StatusCode);
    }
}
