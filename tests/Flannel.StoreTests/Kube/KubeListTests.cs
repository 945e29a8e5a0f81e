using Flannel.Stores.Kube;
using Flannel.Testing;
using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.StoreTests.Kube;

public sealed class KubeListTests(SharedKube kube) : IClassFixture<SharedKube>, IDisposable
{
    private readonly KubeClient _client = SharedKube.NewClient(kube.Cluster);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lists_at_the_edges_of_a_page_have_every_node_once()
    {
        await ClearAsync();
        var wanted = new List<(string Name, string? PodCidr)>();
        foreach (var size in new[] { 0, 1, 500, 501, 1200 })
        {
            var added = Enumerable.Range(wanted.Count, size - wanted.Count).Select(i => (Name: $"node-{i:0000}", PodCidr: $"10.{i >> 8}.{i & 255}.0/24")).ToList();
            await kube.Cluster.CreateNodesAsync(added.Select(node => NodeObject.Plain(node.Name, node.PodCidr)));
            wanted.AddRange(added.Select(node => (node.Name, (string?)node.PodCidr)));

            var newest = await SharedKube.ListAsync(_client, fromCache: false, Token);
            var cached = await Eventually.BecomesAsync<List<KubeNodeEvent>>(() => SharedKube.ListAsync(_client, fromCache: true, Token), told => told.Count == size + 1);

            foreach (var told in new[] { newest, cached })
            {
                Assert.Equal(wanted, told.SkipLast(1).Select(one => (one.Node.Name, one.Node.PodCidr)).Order());
                Assert.All(told.SkipLast(1), one => Assert.Equal(KubeNodeEventType.Listed, one.Type));
                Assert.Equal(KubeNodeEventType.Bookmark, told[^1].Type);
                Assert.NotEqual("", told[^1].Node.ResourceVersion);
            }
        }
    }

    [Fact]
    public async Task A_list_whose_server_is_killed_in_the_middle_fails_and_is_never_whole()
    {
        await FillAsync();
        await using var list = _client.ListNodesAsync(fromCache: true, cancellationToken: Token).GetAsyncEnumerator(Token);
        Assert.True(await list.MoveNextAsync());

        await kube.Cluster.KillAsync();

        try
        {
            var failure = await Assert.ThrowsAsync<KubeException>(() => ReadToTheEndAsync(list));
            Assert.Equal((0, true), (failure.StatusCode, failure.IsTransient));
        }
        finally
        {
            await kube.Cluster.RestartAsync();
        }

        Assert.Equal(KubeNodeEventType.Bookmark, (await SharedKube.ListAsync(_client, fromCache: false, Token))[^1].Type);
    }

    [Fact]
    public async Task A_list_that_stands_still_fails_in_time()
    {
        await FillAsync();
        await using var relay = kube.Cluster.NewRelay();
        using var client = new KubeClient(SharedKube.Options(kube.Cluster, endpoint: relay.Endpoint) with { CallTimeout = TimeSpan.FromSeconds(5) });
        await using var list = client.ListNodesAsync(fromCache: true, cancellationToken: Token).GetAsyncEnumerator(Token);
        Assert.True(await list.MoveNextAsync());

        relay.Freeze();

        var failure = await Assert.ThrowsAsync<KubeException>(() => ReadToTheEndAsync(list));
        Assert.Equal((0, true), (failure.StatusCode, failure.IsTransient));
    }

    public void Dispose() => _client.Dispose();

    private static async Task ReadToTheEndAsync(IAsyncEnumerator<KubeNodeEvent> list)
    {
        while (await list.MoveNextAsync())
        {
            Assert.Equal(KubeNodeEventType.Listed, list.Current.Type);
        }
    }

    private Task ClearAsync() => kube.Cluster.Api.DeleteAsync("/api/v1/nodes");

    // Far more than what is under way between server and client at a time.
    private async Task FillAsync()
    {
        const int Nodes = 1200;
        await ClearAsync();
        await kube.Cluster.CreateNodesAsync(Enumerable.Range(0, Nodes).Select(i => NodeObject.Full($"full-{i}", NodeObject.VxlanAnnotations("192.0.2.1", i))));
        await Eventually.BecomesAsync<List<KubeNodeEvent>>(() => SharedKube.ListAsync(_client, fromCache: true, Token), told => told.Count == Nodes + 1);
    }
}
