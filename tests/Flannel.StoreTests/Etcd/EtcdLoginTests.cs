using Flannel.Stores.Etcd;
using Flannel.Testing.Etcd;
using Xunit;

namespace Flannel.StoreTests.Etcd;

public sealed class EtcdLoginTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task User_and_password_open_what_the_user_may_touch_and_no_more()
    {
        await using var server = await StartAsync();
        await using var client = NewClient(server, "secret");

        Assert.True(await client.PutAsync("/net/config", new byte[] { 1 }, 0, Token) > 0);
        var refusal = await Assert.ThrowsAsync<EtcdException>(() => client.PutAsync("/other", new byte[] { 1 }, 0, Token));

        Assert.Equal((GrpcStatus.PermissionDenied, false), (refusal.Status, refusal.IsTransient));
    }

    [Fact]
    public async Task A_wrong_password_is_refused_in_the_servers_words()
    {
        await using var server = await StartAsync();
        await using var client = NewClient(server, "wrong");

        var refusal = await Assert.ThrowsAsync<EtcdException>(() => client.GetAsync("/net/config", isPrefix: false, Token));

        Assert.False(refusal.IsTransient);
        Assert.Contains("authentication failed", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_and_watches_outlive_the_token()
    {
        await using var server = await StartAsync("--auth-token-ttl", "1");
        await using var client = NewClient(server, "secret");
        var revision = await client.PutAsync("/net/a", new byte[] { 1 }, 0, Token);

        await TokenExpiresAsync(server, 1);
        await client.PutAsync("/net/a", new byte[] { 2 }, 0, Token);
        await TokenExpiresAsync(server, 2);
        await using var watch = Recording<EtcdWatchBatch>.Of(token => client.WatchAsync("/net/", isPrefix: true, revision + 1, token));

        await watch.WaitForAsync(batch => batch.Events.Count == 1);
    }

    [Fact]
    public async Task A_restart_of_the_server_which_forgets_all_tokens_goes_unnoticed()
    {
        await using var server = await StartAsync();
        await using var client = NewClient(server, "secret");
        await client.PutAsync("/net/a", new byte[] { 1 }, 0, Token);

        await server.RestartAsync();

        Assert.True(await client.PutAsync("/net/a", new byte[] { 2 }, 0, Token) > 0);
    }

    [Fact]
    public async Task A_server_that_asks_for_no_user_serves_one_all_the_same_until_it_does()
    {
        await using var server = await EtcdServer.StartAsync();
        await using var client = NewClient(server, "secret");
        Assert.True(await client.PutAsync("/net/a", new byte[] { 1 }, 0, Token) > 0);

        await server.EnableAuthenticationAsync("flannel", "secret", "/net/");

        Assert.True(await client.PutAsync("/net/a", new byte[] { 2 }, 0, Token) > 0);
    }

    private static async Task<EtcdServer> StartAsync(params string[] arguments)
    {
        var server = await EtcdServer.StartAsync(new EtcdServerOptions { Arguments = arguments });
        await server.EnableAuthenticationAsync("flannel", "secret", "/net/");
        return server;
    }

    private static EtcdClient NewClient(EtcdServer server, string password) =>
        new(new EtcdOptions { Endpoints = [server.Endpoint], Username = "flannel", Password = password });

    private static Task TokenExpiresAsync(EtcdServer server, int count) => server.WaitForLogAsync("deleted a simple token", count);
}
