using Flannel.Stores.Kube;
using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.StoreTests.Kube;

/// <summary>What becomes of those who refer to a past that etcd has compacted away.</summary>
public sealed class KubeCompactionTests(UncachedKube kube) : IClassFixture<UncachedKube>, IDisposable
{
    private const int MoreThanAPage = 501;

    private readonly KubeClient _client = SharedKube.NewClient(kube.Cluster);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_watch_from_before_is_told_that_it_is_gone_and_one_from_a_new_list_goes_on()
    {
        var version = await ListAsync();
        await kube.Cluster.CreateNodeAsync("a");
        await kube.Cluster.DeleteNodeAsync("a");
        await CompactAsync();

        await using var late = Recording<KubeNodeEvent>.Of(token => _client.WatchNodesAsync(version, cancellationToken: token));
        var failure = await late.FailsWithAsync<KubeException>();

        Assert.Equal((410, true, true), (failure.StatusCode, failure.IsGone, failure.IsTransient));
        var anew = await ListAsync();
        await using var watch = Recording<KubeNodeEvent>.Of(token => _client.WatchNodesAsync(anew, cancellationToken: token));
        await kube.Cluster.CreateNodeAsync("b");
        await watch.WaitForAsync(one => one.Node.Name == "b");
    }

    [Fact]
    public async Task A_watch_that_is_up_to_date_does_not_mind()
    {
        var version = await ListAsync();
        await using var watch = Recording<KubeNodeEvent>.Of(token => _client.WatchNodesAsync(version, cancellationToken: token));
        await kube.Cluster.CreateNodeAsync("before");
        await watch.WaitForAsync(one => one.Node.Name == "before");

        await CompactAsync();
        await kube.Cluster.CreateNodeAsync("after");

        await watch.WaitForAsync(one => one.Node.Name == "after");
    }

    [Fact]
    public async Task A_next_page_that_has_expired_is_told_as_gone()
    {
        await kube.Cluster.CreateNodesAsync(Enumerable.Range(0, MoreThanAPage).Select(i => NodeObject.Plain($"page-{i}")));
        await using var list = _client.ListNodesAsync(fromCache: false, cancellationToken: Token).GetAsyncEnumerator(Token);
        Assert.True(await list.MoveNextAsync());

        await kube.Cluster.CreateNodeAsync("meanwhile");
        await CompactAsync();

        var failure = await Assert.ThrowsAsync<KubeException>(async () =>
        {
            while (await list.MoveNextAsync())
            {
                Assert.Equal(KubeNodeEventType.Listed, list.Current.Type);
            }
        });
        Assert.Equal((410, true, true), (failure.StatusCode, failure.IsGone, failure.IsTransient));
    }

    public void Dispose() => _client.Dispose();

    private async Task<string> ListAsync() => (await SharedKube.ListAsync(_client, fromCache: false, Token))[^1].Node.ResourceVersion;

    // A resource version is etcd's revision.
    private async Task CompactAsync() => await kube.Cluster.Etcd.CtlAsync("compact", await ListAsync());
}
