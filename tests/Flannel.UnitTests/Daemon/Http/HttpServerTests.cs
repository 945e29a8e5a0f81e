using System.Net;
using System.Net.Sockets;
using System.Text;
using Flannel.Daemon.Http;
using Flannel.Testing;
using Xunit;

namespace Flannel.UnitTests.Daemon.Http;

/// <summary>A client may send anything, or nothing; whoever asks properly is answered all the same.</summary>
public sealed class HttpServerTests : IAsyncDisposable
{
    private const string Request = "GET /fine HTTP/1.1\r\nHost: any.name\r\n\r\n";

    private static readonly CancellationToken Deadline = TestContext.Current.CancellationToken;

    private readonly HttpServer _server = Start(IPAddress.Loopback, TimeProvider.System);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_reply_has_what_the_protocol_demands()
    {
        using var client = await ConnectAsync();

        var reply = await AskAsync(client, "GET /fine HTTP/1.1\r\nHost: any.name\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", reply, StringComparison.Ordinal);
        Assert.Matches(@"\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n", reply);
        Assert.EndsWith("\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 13\r\nConnection: close\r\n\r\nthis is /fine", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HEAD_gets_the_same_without_the_body()
    {
        using var client = await ConnectAsync();

        var reply = await AskAsync(client, "HEAD /fine HTTP/1.0\r\n\r\n");

        Assert.Contains("\r\nContent-Length: 13\r\n", reply, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_serves_many_requests()
    {
        using var client = await ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            await SendAsync(client, Request);
            await ReceiveAsync(client, "this is /fine");
        }
    }

    [Fact]
    public async Task Requests_sent_at_once_are_answered_in_their_order()
    {
        using var client = await ConnectAsync();

        var replies = await AskAsync(client, string.Concat(Enumerable.Repeat(Request, 300)) + "GET /last HTTP/1.0\r\n\r\n");

        Assert.Equal(301, replies.Split("HTTP/1.1 ").Length - 1);
        Assert.EndsWith("this is /last", replies, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_may_come_byte_by_byte()
    {
        using var client = await ConnectAsync();
        client.NoDelay = true;
        foreach (var letter in Request)
        {
            await SendAsync(client, letter.ToString());
        }

        await ReceiveAsync(client, "this is /fine");
    }

    [Theory]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001", "400 Bad Request")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 HTTP Version Not Supported")]
    public async Task Another_protocol_is_refused_at_once(string text, string status)
    {
        using var client = await ConnectAsync();

        Assert.StartsWith($"HTTP/1.1 {status}\r\n", await AskAsync(client, text), StringComparison.Ordinal);
        await AssertServesAsync();
    }

    [Fact]
    public async Task A_head_without_end_is_refused_when_it_is_too_large()
    {
        using var client = await ConnectAsync();

        var reply = await AskAsync(client, "GET / HTTP/1.1\r\nX: " + new string('x', 4 * HttpConnection.HeadLimit));

        Assert.StartsWith("HTTP/1.1 431 Request Header Fields Too Large\r\n", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_is_not_taken_for_a_request_and_its_sender_still_gets_the_reply()
    {
        using var client = await ConnectAsync();

        var reply = await AskAsync(client, $"POST /fine HTTP/1.1\r\nHost: x\r\nContent-Length: 400000\r\n\r\n{string.Concat(Enumerable.Repeat(Request, 10_000))}");

        Assert.Single(reply.Split("HTTP/1.1 ", StringSplitOptions.RemoveEmptyEntries));
        Assert.EndsWith("this is /fine", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_hundred_silent_clients_keep_nobody_out_and_the_oldest_make_room()
    {
        var silent = new List<Socket>();
        try
        {
            for (var i = 0; i < 200; i++)
            {
                silent.Add(await ConnectAsync());
            }

            await AssertServesAsync();
            for (var i = 0; i < 200 - HttpServer.ConnectionLimit; i++)
            {
                Assert.Equal(0, await silent[i].ReceiveAsync(new byte[1], Deadline));
            }

            await SendAsync(silent[^1], Request);
            await ReceiveAsync(silent[^1], "this is /fine");
        }
        finally
        {
            silent.ForEach(client => client.Dispose());
        }
    }

    [Fact]
    public async Task A_client_that_resets_its_connection_disturbs_nobody()
    {
        for (var i = 0; i < 20; i++)
        {
            using var client = await ConnectAsync();
            await SendAsync(client, Request[..^2]);
            client.LingerState = new LingerOption(true, 0); // close() resets
        }

        await AssertServesAsync();
    }

    [Fact]
    public async Task Half_a_request_and_silence_end_with_the_time_for_a_request()
    {
        var time = new ManualTime();
        await using var server = Start(IPAddress.Loopback, time);
        using var idle = await ConnectAsync(server);
        using var slow = await ConnectAsync(server);
        await SendAsync(slow, Request + Request[..10]);
        await ReceiveAsync(slow, "this is /fine");

        time.Advance(HttpConnection.ExchangeLimit);
        Assert.Equal(0, await slow.ReceiveAsync(new byte[1], Deadline));

        await SendAsync(idle, Request);
        await ReceiveAsync(idle, "this is /fine");
        time.Advance(HttpConnection.IdleLimit);
        Assert.Equal(0, await idle.ReceiveAsync(new byte[1], Deadline));
    }

    [Fact]
    public async Task The_end_closes_silent_connections_at_once_and_answers_what_has_begun()
    {
        var server = Start(IPAddress.Loopback, TimeProvider.System);
        using var idle = await ConnectAsync(server);
        using var busy = await ConnectAsync(server);
        await SendAsync(busy, Request + Request[..10]);
        await ReceiveAsync(busy, "this is /fine");

        var end = server.DisposeAsync();
        Assert.Equal(0, await idle.ReceiveAsync(new byte[1], Deadline));
        var reply = await AskAsync(busy, Request[10..]);
        await end;

        Assert.Contains("\r\nConnection: close\r\n", reply, StringComparison.Ordinal);
        Assert.EndsWith("this is /fine", reply, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<SocketException>(() => ConnectAsync(server));
    }

    [Fact]
    public async Task Every_address_means_both_families()
    {
        await using var server = Start(IPAddress.IPv6Any, TimeProvider.System);
        foreach (var address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            using var client = new TcpClient(address.AddressFamily);
            await client.ConnectAsync(address, server.EndPoint.Port, Deadline);
            Assert.EndsWith("/x", await AskAsync(client.Client, "GET /x HTTP/1.0\r\n\r\n"), StringComparison.Ordinal);
        }
    }

    private static HttpServer Start(IPAddress address, TimeProvider time) => HttpServer.Start(
        new IPEndPoint(address, 0), path => new Reply(path == "/fine" ? HttpStatusCode.OK : HttpStatusCode.NotFound, $"this is {path}"), time);

    private async Task AssertServesAsync()
    {
        using var client = await ConnectAsync();
        await SendAsync(client, Request);
        await ReceiveAsync(client, "this is /fine");
    }

    private async Task<Socket> ConnectAsync(HttpServer? server = null)
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync((server ?? _server).EndPoint, Deadline);
        return client;
    }

    /// <summary>Sends, then reads until the server closes.</summary>
    private static async Task<string> AskAsync(Socket client, string text)
    {
        await SendAsync(client, text);
        using var stream = new NetworkStream(client);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(Deadline);
    }

    private static async Task SendAsync(Socket client, string text)
    {
        ReadOnlyMemory<byte> rest = Encoding.Latin1.GetBytes(text);
        while (!rest.IsEmpty)
        {
            rest = rest[await client.SendAsync(rest, Deadline)..];
        }
    }

    private static async Task ReceiveAsync(Socket client, string end)
    {
        var received = "";
        var buffer = new byte[1024];
        while (!received.EndsWith(end, StringComparison.Ordinal))
        {
            var count = await client.ReceiveAsync(buffer, Deadline);
            Assert.True(count > 0, $"closed after: {received}");
            received += Encoding.Latin1.GetString(buffer, 0, count);
        }
    }
}
