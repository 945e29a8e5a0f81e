using Flannel.Stores.Kube;
using Flannel.Testing;
using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.StoreTests.Kube;

public sealed class KubeListAndWatchTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_list_of_many_pages_and_one_from_the_cache_have_every_node_once()
    {
        await using var cluster = await StartAsync();
        using var client = SharedKube.NewClient(cluster);
        Assert.Equal(KubeNodeEventType.Bookmark, Assert.Single(await SharedKube.ListAsync(client, fromCache: false, Token)).Type);
        await cluster.CreateNodesAsync(Enumerable.Range(0, 1200).Select(i => NodeObject.Plain($"node-{i:0000}", $"10.{i >> 8}.{i & 255}.0/24")));

        var newest = await SharedKube.ListAsync(client, fromCache: false, Token);
        var cached = await Eventually.BecomesAsync<List<KubeNodeEvent>>(() => SharedKube.ListAsync(client, fromCache: true, Token), told => told.Count == 1201);

        Assert.Equal(Enumerable.Range(0, 1200).Select(i => $"node-{i:0000}"), newest.SkipLast(1).Select(one => one.Node.Name).Order());
        Assert.All(newest.SkipLast(1), one => Assert.Equal(KubeNodeEventType.Listed, one.Type));
        Assert.NotEqual("", newest[^1].Node.ResourceVersion);
        Assert.Equal(newest.SkipLast(1).Select(one => one.Node.PodCidr).Order(), cached.SkipLast(1).Select(one => one.Node.PodCidr).Order());
    }

    [Fact]
    public async Task A_watch_tells_metadata_of_what_changes_and_ends_by_itself_with_a_bookmark()
    {
        await using var cluster = await StartAsync();
        using var client = new KubeClient(SharedKube.Options(cluster) with { WatchWindow = TimeSpan.FromSeconds(6) });
        var version = (await SharedKube.ListAsync(client, fromCache: false, Token))[^1].Node.ResourceVersion;
        var told = new List<KubeNodeEvent>();
        var watch = FollowAsync();

        await cluster.CreateNodeAsync("a", "10.244.1.0/24");
        await cluster.AnnotateAsync("a", new Dictionary<string, string?> { ["flannel.alpha.coreos.com/public-ip"] = "192.0.2.1", ["other.org/x"] = "y" });
        await cluster.DeleteNodeAsync("a");
        await watch.WaitAsync(TimeSpan.FromSeconds(60), Token);

        var nodes = told.Where(one => one.Type != KubeNodeEventType.Bookmark).ToList();
        Assert.Equal([KubeNodeEventType.Added, KubeNodeEventType.Modified, KubeNodeEventType.Deleted], nodes.Select(one => one.Type).Distinct());
        Assert.All(nodes, one => Assert.Equal(("a", null), (one.Node.Name, one.Node.PodCidr)));
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
        await using var cluster = await StartAsync();
        using var client = SharedKube.NewClient(cluster);
        var version = (await SharedKube.ListAsync(client, fromCache: false, Token))[^1].Node.ResourceVersion;
        await using var watch = Recording<KubeNodeEvent>.Of(token => client.WatchNodesAsync(version, "b", token));

        await cluster.CreateNodeAsync("a");
        await cluster.CreateNodeAsync("b");

        await watch.WaitForAsync(one => one.Node.Name == "b");
        Assert.DoesNotContain(watch.Items, one => one.Node.Name == "a");
    }

    [Fact]
    public async Task A_version_that_is_forgotten_is_told_as_gone()
    {
        await using var cluster = await StartAsync();
        using var client = SharedKube.NewClient(cluster);
        await cluster.CreateNodesAsync(Enumerable.Range(0, 3).Select(i => NodeObject.Plain($"node-{i}")));
        await cluster.RestartAsync();

        // A restarted server remembers nothing from before its start.
        await using var watch = Recording<KubeNodeEvent>.Of(token => client.WatchNodesAsync("1", cancellationToken: token));

        var failure = await watch.FailsWithAsync<KubeException>();
        Assert.Equal((410, true), (failure.StatusCode, failure.IsGone));
    }

    [Fact]
    public async Task A_killed_server_breaks_the_watch_as_transient_and_answers_again_once_it_is_back()
    {
        await using var cluster = await StartAsync();
        using var client = SharedKube.NewClient(cluster);
        var version = (await SharedKube.ListAsync(client, fromCache: false, Token))[^1].Node.ResourceVersion;
        await using var watch = Recording<KubeNodeEvent>.Of(token => client.WatchNodesAsync(version, cancellationToken: token));
        await cluster.CreateNodeAsync("a");
        await watch.WaitForAsync(one => one.Node.Name == "a");

        await cluster.KillAsync();

        Assert.Equal((true, 0), await FailureAsync(watch));
        Assert.True((await Assert.ThrowsAsync<KubeException>(() => client.GetNodeAsync("a", fromCache: false, Token))).IsTransient);
        await cluster.RestartAsync();
        Assert.Equal("a", (await client.GetNodeAsync("a", fromCache: false, Token)).Name);
    }

    [Fact]
    public async Task A_hung_server_breaks_the_watch_after_silence_and_a_question()
    {
        await using var cluster = await StartAsync();
        using var client = new KubeClient(SharedKube.Options(cluster) with { KeepAlive = TimeSpan.FromSeconds(2), CallTimeout = TimeSpan.FromSeconds(5) });
        var version = (await SharedKube.ListAsync(client, fromCache: false, Token))[^1].Node.ResourceVersion;
        await using var watch = Recording<KubeNodeEvent>.Of(token => client.WatchNodesAsync(version, cancellationToken: token));
        await cluster.CreateNodeAsync("a");
        await watch.WaitForAsync(one => one.Node.Name == "a");

        cluster.Pause();

        try
        {
            Assert.Equal((true, 0), await FailureAsync(watch));
        }
        finally
        {
            cluster.Resume();
        }
    }

    private static async Task<KubeCluster> StartAsync()
    {
        var cluster = await KubeCluster.StartAsync();
        await SharedKube.GrantAsync(cluster);
        return cluster;
    }

    private static async Task<(bool IsTransient, int Status)> FailureAsync(Recording<KubeNodeEvent> watch)
    {
        var failure = await watch.FailsWithAsync<KubeException>();
        return (failure.IsTransient, failure.StatusCode);
    }
}
