using Flannel.Leases.Kube;
using Flannel.Stores.Kube;
using Flannel.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Flannel.StoreTests.Kube;

/// <summary>Answers that are refusals, lead elsewhere, or are not whole.</summary>
public sealed class KubeMisbehaviourTests
{
    private const string Node = """{"metadata":{"name":"a","resourceVersion":"5"},"spec":{"podCIDR":"10.244.1.0/24"}}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Retry-After: 7", "{}", 7)]
    [InlineData("X: y", """{"kind":"Status","message":"too many requests","reason":"TooManyRequests","details":{"retryAfterSeconds":3}}""", 3)]
    [InlineData("Retry-After: 7", """{"message":"too many requests","details":{"retryAfterSeconds":3}}""", 7)]
    [InlineData("Retry-After: 2000000000", "{}", 300)]
    [InlineData("X: y", """{"message":"wait","details":{"retryAfterSeconds":2000000000}}""", 300)]
    [InlineData("Retry-After: Thu, 01 Jan 2026 00:00:00 GMT", "{}", null)]
    [InlineData("Retry-After: soon", "{}", null)]
    [InlineData("X: y", """{"message":"wait","details":{"retryAfterSeconds":"3"}}""", null)]
    public async Task A_server_that_is_overrun_is_left_alone_for_as_long_as_it_asks_and_no_longer_than_minutes(string header, string body, int? seconds)
    {
        await using var server = new ScriptedServer(ScriptedServer.Answer("429 Too Many Requests", body, header));

        var failure = await ListFailsAsync(server);

        Assert.Equal((429, true, seconds), (failure.StatusCode, failure.IsTransient, (int?)failure.RetryAfter?.TotalSeconds));
    }

    [Fact]
    public async Task The_time_it_asks_for_comes_on_top_of_a_pause_that_is_each_daemons_own()
    {
        var time = new ManualTime();
        await using var server = new ScriptedServer(ScriptedServer.Answer("429 Too Many Requests", "{}", "Retry-After: 7"));
        var options = new KubeLeaseOptions
        {
            Api = KubeOptions.Anonymous(server.Endpoint.ToString(), _ => null),
            Annotations = NodeAnnotations.Under("example.org"),
            ConfigPath = "",
            NodeName = "a",
        };
        await using var store = new KubeLeaseStore(options, new Progress<string>(), time, NullLoggerFactory.Instance);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var asking = store.FindAnnouncedAsync(end.Token);
        await Eventually.IsTrueAsync(() => time.Waiting == 1);

        time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal((1, 1), (time.Waiting, server.Requests.Count));
        time.Advance(TimeSpan.FromSeconds(1));

        await Eventually.IsTrueAsync(() => server.Requests.Count == 2);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact]
    public async Task A_redirection_is_refused_and_nobody_else_is_told_who_we_are()
    {
        await using var stranger = new ScriptedServer(ScriptedServer.Answer("200 OK", """{"metadata":{"resourceVersion":"1"},"items":[]}"""));
        await using var server = new ScriptedServer(ScriptedServer.Answer("302 Found", "", $"Location: {stranger.Endpoint}"));

        var failure = await ListFailsAsync(server, options => options with { Token = KubeToken.Fixed("secret") });

        Assert.Equal((302, false), (failure.StatusCode, failure.IsTransient));
        Assert.Contains("Authorization: Bearer secret\r\n", Assert.Single(server.Requests), StringComparison.Ordinal);
        Assert.Empty(stranger.Requests);
    }

    [Fact]
    public async Task A_user_with_a_password_says_both()
    {
        await using var server = new ScriptedServer(ScriptedServer.Answer("401 Unauthorized", "who?"));

        var failure = await ListFailsAsync(server, options => options with { Username = "me", Password = "pass:wörd" });

        Assert.Contains("who? (401 Unauthorized)", failure.Message, StringComparison.Ordinal);
        var expected = Convert.ToBase64String("me:pass:wörd"u8);
        Assert.Contains($"Authorization: Basic {expected}\r\n", Assert.Single(server.Requests), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("within the length that was told", "Content-Length: 10000\r\n\r\n{0}")]
    [InlineData("at the end of a connection", "Connection: close\r\n\r\n{0}")]
    [InlineData("within a chunk", "Transfer-Encoding: chunked\r\n\r\nffff\r\n{0}")]
    public async Task A_list_that_is_cut_short_fails_and_is_never_whole(string where, string form)
    {
        var list = $$"""{"metadata":{"resourceVersion":"9"},"items":[{{Node}},{{Node[..30]}}""";
        await using var server = new ScriptedServer("HTTP/1.1 200 OK\r\n" + form.Replace("{0}", list, StringComparison.Ordinal));
        using var client = NewClient(server);
        await using var told = Recording<KubeNodeEvent>.Of(token => client.ListNodesAsync(fromCache: true, cancellationToken: token));

        var failure = await told.FailsWithAsync<KubeException>();

        Assert.True((failure.StatusCode, failure.IsTransient) == (0, true), $"{where}: {failure.Message}");
        Assert.DoesNotContain(told.Items, one => one.Type == KubeNodeEventType.Bookmark);
    }

    [Fact]
    public async Task A_watch_that_is_cut_within_a_line_tells_what_was_whole_and_fails()
    {
        var lines = $$"""{"type":"ADDED","object":{{Node}}}""" + "\n" + """{"type":"MODIFIED","object":{"metadata":{"na""";
        await using var server = new ScriptedServer($"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{lines}");
        using var client = NewClient(server);
        await using var watch = Recording<KubeNodeEvent>.Of(token => client.WatchNodesAsync("1", cancellationToken: token));

        Assert.True((await watch.FailsWithAsync<KubeException>()).IsTransient);
        Assert.Equal([(KubeNodeEventType.Bookmark, ""), (KubeNodeEventType.Added, "a")], watch.Items.Select(one => (one.Type, one.Node.Name)));
    }

    [Fact]
    public async Task A_page_that_is_no_answer_of_an_API_server_is_an_outage()
    {
        await using var server = new ScriptedServer(ScriptedServer.Answer("200 OK", "<html>Please log in</html>", "Content-Type: text/html"));

        var failure = await ListFailsAsync(server);

        Assert.Equal((0, true), (failure.StatusCode, failure.IsTransient));
    }

    private static KubeClient NewClient(ScriptedServer server) => new(KubeOptions.Anonymous(server.Endpoint.ToString(), _ => null));

    private static async Task<KubeException> ListFailsAsync(ScriptedServer server, Func<KubeOptions, KubeOptions>? change = null)
    {
        var options = KubeOptions.Anonymous(server.Endpoint.ToString(), _ => null);
        using var client = new KubeClient(change?.Invoke(options) ?? options);
        return await Assert.ThrowsAsync<KubeException>(() => SharedKube.ListAsync(client, fromCache: true, Token));
    }
}
