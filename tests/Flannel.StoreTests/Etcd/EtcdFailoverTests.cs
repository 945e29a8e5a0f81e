using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Flannel.Stores.Etcd;
using Flannel.Testing;
using Flannel.Testing.Etcd;
using Xunit;

namespace Flannel.StoreTests.Etcd;

public sealed class EtcdFailoverTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dead_endpoint_before_a_good_one_is_passed_over()
    {
        await using var server = await EtcdServer.StartAsync();
        await using var client = new EtcdClient(new EtcdOptions { Endpoints = [ClosedPort(), server.Endpoint] });

        await client.PutAsync("/key", new byte[] { 1 }, 0, Token);
        await using var watch = Recording<EtcdWatchBatch>.Of(token => client.WatchAsync("/", isPrefix: true, 1, token));

        await watch.WaitForAsync(batch => batch.Events.Count == 1);
    }

    [Fact]
    public async Task Without_any_server_the_failure_is_transient_and_says_who_was_asked()
    {
        var closed = ClosedPort();
        await using var client = new EtcdClient(new EtcdOptions { Endpoints = [closed] });

        var failure = await Assert.ThrowsAsync<EtcdException>(() => client.GetAsync("/key", isPrefix: false, Token));

        Assert.True(failure.IsTransient);
        Assert.Contains($"127.0.0.1:{closed.Port}", failure.Message, StringComparison.Ordinal);
        Assert.Contains("refused", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_is_reached_over_IPv6()
    {
        await using var server = await EtcdServer.StartAsync(new EtcdServerOptions { Host = "::1" });
        await using var client = server.NewClient();

        Assert.True(await client.PutAsync("/key", new byte[] { 1 }, 0, Token) > 0);
    }

    [Fact]
    public async Task A_paused_server_is_left_for_the_next_by_calls_and_by_the_watch()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        await using var client = cluster.NewClient(keepAlive: TimeSpan.FromSeconds(1));
        var revision = await client.PutAsync("/key", new byte[] { 1 }, 0, Token);
        await using var watch = Recording<EtcdWatchBatch>.Of(token => client.WatchAsync("/", isPrefix: true, revision + 1, token));
        await watch.WaitForAsync(_ => true);

        cluster.Members[0].Pause();

        var lost = await watch.FailsWithAsync<EtcdException>();
        Assert.True(lost.IsTransient, lost.Message);
        await EventuallyAnswersAsync(() => client.PutAsync("/key", new byte[] { 2 }, 0, Token));
        cluster.Members[0].Resume();
    }

    [Fact]
    public async Task The_endpoint_that_answered_is_asked_first_from_then_on()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        await using var client = cluster.NewClient();
        await client.GetAsync("/", isPrefix: true, Token);
        cluster.Members[0].Pause();
        await EventuallyAnswersAsync(() => client.GetAsync("/", isPrefix: true, Token));

        var started = Stopwatch.GetTimestamp();
        await client.GetAsync("/", isPrefix: true, Token);

        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(2), "the paused endpoint was waited for again");
        cluster.Members[0].Resume();
    }

    [Fact]
    public async Task Without_a_majority_calls_fail_as_transient_and_succeed_when_it_is_back()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        await using var client = cluster.NewClient();
        await client.PutAsync("/key", new byte[] { 1 }, 0, Token);

        await cluster.Members[0].KillAsync();
        await cluster.Members[1].KillAsync();
        var failure = await Assert.ThrowsAsync<EtcdException>(() => client.PutAsync("/key", new byte[] { 2 }, 0, Token));
        Assert.True(failure.IsTransient, failure.Message);

        await cluster.Members[0].LaunchAsync();
        await EventuallyAnswersAsync(() => client.PutAsync("/key", new byte[] { 3 }, 0, Token));
    }

    [Fact]
    public async Task A_member_cut_off_from_the_majority_gives_up_its_watches()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        await using var client = new EtcdClient(new EtcdOptions { Endpoints = [cluster.Members[2].Endpoint] });
        await using var watch = Recording<EtcdWatchBatch>.Of(token => client.WatchAsync("/", isPrefix: true, 1, token));
        await watch.WaitForAsync(_ => true);

        await cluster.Members[0].KillAsync();
        await cluster.Members[1].KillAsync();

        var lost = await watch.FailsWithAsync<EtcdException>();
        Assert.True(lost.IsTransient, lost.Message);
        Assert.Contains("no leader", lost.Message, StringComparison.Ordinal);
    }

    private static Task EventuallyAnswersAsync(Func<Task> call) => Eventually.IsTrueAsync(
        async () =>
        {
            try
            {
                await call();
                return true;
            }
            catch (EtcdException exception) when (exception.IsTransient)
            {
                return false;
            }
        },
        Deadline);

    private static Uri ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri(FormattableString.Invariant($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"));
    }
}
