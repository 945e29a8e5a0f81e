using Flannel.Stores.Kube;
using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.StoreTests.Kube;

/// <summary>What may stand between us and the API server.</summary>
public sealed class KubeWayTests(SharedKube kube) : IClassFixture<SharedKube>
{
    // Much less than the time a call has.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_proxy_is_asked_for_the_server_and_told_who_we_are()
    {
        await using var proxy = new ConnectProxy(kube.Cluster.Endpoint, "me:p@ss");
        using var client = new KubeClient(SharedKube.Options(kube.Cluster) with { Proxy = new Uri($"http://me:p%40ss@{proxy.Address}") });

        Assert.NotEmpty(await SharedKube.ListAsync(client, fromCache: true, Token));

        var asked = proxy.Requests[^1];
        Assert.StartsWith($"CONNECT {kube.Cluster.Endpoint.Authority} HTTP/1.1\r\n", asked, StringComparison.Ordinal);
        Assert.Contains($"Proxy-Authorization: Basic {Convert.ToBase64String("me:p@ss"u8)}", asked, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("\r\nAuthorization:", asked, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_environments_proxy_leads_to_a_server_of_another_name_unless_it_is_excepted()
    {
        await using var proxy = new ConnectProxy(kube.Cluster.Endpoint);
        var kubeconfig = kube.Cluster.WriteKubeconfig(new KubeCredentials(Certificate: kube.Cluster.Authority.Issue("flannel")));
        var options = KubeOptions.FromKubeconfig(kubeconfig, "https://api.example:6443", name => name == "HTTPS_PROXY" ? proxy.Address : null);
        using var client = new KubeClient(options with { TlsServerName = "localhost" });

        Assert.NotEmpty(await SharedKube.ListAsync(client, fromCache: true, Token));

        Assert.StartsWith("CONNECT api.example:6443 ", proxy.Requests[0], StringComparison.Ordinal);
        Assert.Null(KubeOptions.FromKubeconfig(kubeconfig, "https://api.example", name => name switch
        {
            "HTTPS_PROXY" => proxy.Address,
            "NO_PROXY" => ".example",
            _ => null,
        }).Proxy);
    }

    [Fact]
    public async Task A_proxy_that_is_away_is_told_as_an_outage()
    {
        var proxy = new ConnectProxy(kube.Cluster.Endpoint);
        var address = proxy.Address;
        await proxy.DisposeAsync();
        using var client = new KubeClient(SharedKube.Options(kube.Cluster) with { Proxy = new Uri($"http://{address}") });

        var failure = await Assert.ThrowsAsync<KubeException>(() => SharedKube.ListAsync(client, fromCache: true, Token));

        Assert.Equal((0, true), (failure.StatusCode, failure.IsTransient));
    }

    [Fact]
    public async Task The_expected_name_is_asked_for_and_the_host_stays_what_it_is()
    {
        var certificate = kube.Cluster.Authority.Issue("scripted");
        await using var server = new ScriptedServer(ScriptedServer.Answer("200 OK", """{"metadata":{"resourceVersion":"7"},"items":[]}"""), certificate);
        using var client = new KubeClient(SharedKube.Options(kube.Cluster, endpoint: server.Endpoint) with { TlsServerName = "localhost" });

        Assert.Equal("7", Assert.Single(await SharedKube.ListAsync(client, fromCache: true, Token)).Node.ResourceVersion);

        Assert.Equal(["localhost"], server.Names);
        Assert.Contains($"Host: {server.Endpoint.Authority}\r\n", Assert.Single(server.Requests), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_goes_through_the_proxy_too()
    {
        await using var proxy = new ConnectProxy(kube.Cluster.Endpoint);
        using var client = new KubeClient(SharedKube.Options(kube.Cluster) with { Proxy = new Uri($"http://{proxy.Address}") });
        var version = (await SharedKube.ListAsync(client, fromCache: false, Token))[^1].Node.ResourceVersion;
        await using var watch = Recording<KubeNodeEvent>.Of(token => client.WatchNodesAsync(version, cancellationToken: token));

        await kube.Cluster.CreateNodeAsync("through-the-proxy");

        await watch.WaitForAsync(one => one.Node.Name == "through-the-proxy");
        Assert.All(proxy.Requests, asked => Assert.StartsWith($"CONNECT {kube.Cluster.Endpoint.Authority} ", asked, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_watch_asks_for_the_expected_name_too()
    {
        var certificate = kube.Cluster.Authority.Issue("scripted");
        await using var server = new ScriptedServer(ScriptedServer.Answer("200 OK", """{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"8"}}}"""), certificate);
        using var client = new KubeClient(SharedKube.Options(kube.Cluster, endpoint: server.Endpoint) with { TlsServerName = "localhost" });

        await using var watch = Recording<KubeNodeEvent>.Of(token => client.WatchNodesAsync("7", cancellationToken: token));

        await watch.EndsAsync();
        Assert.Equal("8", watch.Items[^1].Node.ResourceVersion);
        Assert.Equal(["localhost"], server.Names);
    }

    [Fact]
    public async Task A_connection_that_died_unnoticed_ends_its_watch_in_time_and_is_not_used_again()
    {
        await using var relay = kube.Cluster.NewRelay();
        using var client = new KubeClient(SharedKube.Options(kube.Cluster, endpoint: relay.Endpoint) with
        {
            KeepAlive = TimeSpan.FromSeconds(5),
            CallTimeout = TimeSpan.FromSeconds(5),
        });
        var version = (await SharedKube.ListAsync(client, fromCache: false, Token))[^1].Node.ResourceVersion;
        await using var watch = Recording<KubeNodeEvent>.Of(token => client.WatchNodesAsync(version, cancellationToken: token));
        await kube.Cluster.CreateNodeAsync("seen");
        await watch.WaitForAsync(one => one.Node.Name == "seen");

        relay.Freeze();

        await watch.EndsAsync();
        Assert.Equal("seen", (await client.GetNodeAsync("seen", notBefore: "", Token)).Name);
    }

    [Fact]
    public async Task When_connections_are_given_up_a_call_under_way_is_made_again_and_a_watch_ends_at_once()
    {
        await using var relay = kube.Cluster.NewRelay();
        using var client = new KubeClient(SharedKube.Options(kube.Cluster, endpoint: relay.Endpoint));
        await kube.Cluster.CreateNodeAsync("asked");
        var version = (await SharedKube.ListAsync(client, fromCache: false, Token))[^1].Node.ResourceVersion;
        await using var watch = Recording<KubeNodeEvent>.Of(token => client.WatchNodesAsync(version, cancellationToken: token));
        await watch.WaitForAsync(one => one.Type == KubeNodeEventType.Bookmark);
        var life = client.Life;

        relay.Freeze();
        var call = client.GetNodeAsync("asked", notBefore: "", Token);
        client.Reconnect();

        Assert.Equal("asked", (await call.WaitAsync(Soon, Token)).Name);
        Assert.True((await watch.FailsWithAsync<KubeException>().WaitAsync(Soon, Token)).IsTransient);
        Assert.True(life.IsCancellationRequested && !client.Life.IsCancellationRequested);
    }
}
