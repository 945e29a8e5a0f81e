using System.Net;
using System.Net.Http.Headers;
using Flannel.Daemon;
using Flannel.Daemon.Http;
using Xunit;

namespace Flannel.UnitTests.Daemon;

public sealed class HealthServerTests
{
    private static readonly CancellationToken Deadline = TestContext.Current.CancellationToken;

    private readonly Readiness _readiness = new();

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("DELETE")]
    public async Task Any_method_learns_that_the_daemon_runs(string method) =>
        Assert.Equal((HttpStatusCode.OK, "flanneld is running"), await AskAsync("/healthz", method));

    [Fact]
    public async Task Readiness_is_503_until_it_is_set_and_gives_the_reason()
    {
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "flanneld is not ready yet"), await AskAsync("/readyz"));

        _readiness.SetWaiting("waiting for the network config");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "flanneld is not ready yet\nwaiting for the network config\n"), await AskAsync("/readyz"));

        _readiness.SetReady();
        Assert.Equal((HttpStatusCode.OK, "flanneld is ready"), await AskAsync("/readyz"));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/healthz/")]
    [InlineData("/Healthz")]
    [InlineData("/readyz/x")]
    [InlineData("/metrics")]
    public async Task Other_paths_are_not_found(string path) => Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(path)).Status);

    [Fact]
    public async Task A_query_does_not_matter() => Assert.Equal(HttpStatusCode.OK, (await AskAsync("/healthz?verbose=1")).Status);

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        await using var first = await StartAsync("127.0.0.1", 0);

        var failure = await Assert.ThrowsAsync<HealthServerException>(() => StartAsync("127.0.0.1", first.EndPoint.Port));

        Assert.StartsWith($"the health server cannot listen on 127.0.0.1, port {first.EndPoint.Port}: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Address already in use", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_beyond_the_last_is_refused() =>
        Assert.EndsWith(": ports end at 65535", (await Assert.ThrowsAsync<HealthServerException>(() => StartAsync("127.0.0.1", 65536))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("::1")]
    [InlineData("localhost")]
    public async Task An_IPv6_address_or_a_name_can_be_bound(string address)
    {
        await using var server = await StartAsync(address, 0);

        Assert.True(IPAddress.IsLoopback(server.EndPoint.Address));
    }

    private async Task<(HttpStatusCode Status, string Text)> AskAsync(string path, string method = "GET")
    {
        await using var server = await StartAsync("127.0.0.1", 0);
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), $"http://{server.EndPoint}{path}");
        using var answer = await client.SendAsync(request, Deadline);
        Assert.Equal(new MediaTypeHeaderValue("text/plain", "utf-8"), answer.Content.Headers.ContentType);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Deadline));
    }

    private Task<HttpServer> StartAsync(string address, int port) => HealthServer.StartAsync(address, port, _readiness, TimeProvider.System, Deadline);
}
