using System.Net;
using System.Text;
using Flannel.Daemon.Http;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flannel.UnitTests.Daemon.Http;

/// <summary>RFC 9112, as far as the probes need it.</summary>
public sealed class RequestHeadTests
{
    [Theory]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "/healthz", false)]
    [InlineData("\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "/healthz", false)]
    [InlineData("GET /healthz HTTP/1.1\nHost: x\n\n", "/healthz", false)]
    [InlineData("PUT /readyz?verbose=1 HTTP/1.1\r\nhost:\t[::1]:80 \r\nContent-Length: 0\r\n\r\n", "/readyz", false)]
    [InlineData("GET http://node:8471/readyz?x HTTP/1.1\r\nHost: node\r\n\r\n", "/readyz", false)]
    [InlineData("GET http://node HTTP/1.1\r\nHost: node\r\n\r\n", "/", false)]
    [InlineData("GET /to?url=http://x/y HTTP/1.1\r\nHost: node\r\n\r\n", "/to", false)]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n", "*", false)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, CLOSE\r\n\r\n", "/", true)]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n", "/", true)]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "/", true)]
    [InlineData("GET / HTTP/1.0\r\n\r\n", "/", true)]
    public void A_request_is_read(string text, string path, bool closes)
    {
        var head = Read(text);

        Assert.Equal(new RequestHead(path, IsHead: false, closes, Refusal: null), head);
    }

    [Fact]
    public void Only_HEAD_in_capitals_is_HEAD()
    {
        Assert.True(Read("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n").IsHead);
        Assert.False(Read("head / HTTP/1.1\r\nHost: x\r\n\r\n").IsHead);
    }

    [Theory]
    [InlineData("\u0016\u0003\u0001", HttpStatusCode.BadRequest)] // the beginning of TLS: no line will ever end it
    [InlineData(" GET / HTTP/1.1\r\n", HttpStatusCode.BadRequest)]
    [InlineData("GET / HTTP/1.1\r\n\r\n", HttpStatusCode.BadRequest)] // no Host
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", HttpStatusCode.BadRequest)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", HttpStatusCode.BadRequest)]
    [InlineData("GET / HTTP/1.1\r\nHost : x\r\n\r\n", HttpStatusCode.BadRequest)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n", HttpStatusCode.BadRequest)]
    [InlineData("GET /\r\nHost: x\r\n\r\n", HttpStatusCode.BadRequest)]
    [InlineData("GET\r\n\r\n", HttpStatusCode.BadRequest)]
    [InlineData("GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", HttpStatusCode.BadRequest)]
    [InlineData("G(T / HTTP/1.1\r\nHost: x\r\n\r\n", HttpStatusCode.BadRequest)]
    [InlineData("GET / FTP/1.1\r\nHost: x\r\n\r\n", HttpStatusCode.BadRequest)]
    [InlineData("GET / HTTP/1.2\r\nHost: x\r\n\r\n", HttpStatusCode.HttpVersionNotSupported)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", HttpStatusCode.HttpVersionNotSupported)]
    public void A_bad_request_is_refused_and_nothing_after_it_is_read(string text, HttpStatusCode refusal)
    {
        var head = Read(text);

        Assert.Equal(refusal, head.Refusal);
        Assert.True(head.Closes);
    }

    [Fact]
    public void No_beginning_of_a_request_is_a_request()
    {
        var request = "GET /healthz HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n"u8;

        for (var length = 0; length < request.Length; length++)
        {
            Assert.False(RequestHead.TryRead(request[..length], out _, out _), $"{length} bytes");
        }
    }

    [Fact]
    public void A_request_ends_where_the_next_begins()
    {
        var first = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"u8;
        byte[] both = [.. first, .. "GET /b HTTP/1.1\r\nHost: x\r\n\r\n"u8];

        Assert.True(RequestHead.TryRead(both, out _, out var length));
        Assert.Equal(first.Length, length);
        Assert.True(RequestHead.TryRead(both.AsSpan(length), out var second, out length));
        Assert.Equal("/b", second.Path);
        Assert.Equal(both.Length - first.Length, length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET ")]
    [InlineData("GET / HTTP/1.1\r\nHost:")]
    public void Any_bytes_are_a_request_a_refusal_or_a_beginning(string start) =>
        Prop.ForAll<byte[]>(bytes =>
        {
            byte[] ended = [.. Encoding.ASCII.GetBytes(start), .. bytes, .. "\r\n\r\n"u8];
            return !RequestHead.TryRead(ended, out var head, out var length) || (length <= ended.Length && (head.Refusal is not null || head.Path.Length > 0));
        }).QuickCheckThrowOnFailure();

    private static RequestHead Read(string text)
    {
        Assert.True(RequestHead.TryRead(Encoding.Latin1.GetBytes(text), out var head, out _));
        return head;
    }
}
