using System.Globalization;
using System.Net;
using System.Text;

namespace Flannel.Daemon.Http;

/// <summary>What a path answers.</summary>
internal sealed record Reply(HttpStatusCode Status, string Text)
{
    public string ContentType { get; init; } = "text/plain; charset=utf-8";

    /// <summary>
    /// The bytes of an HTTP/1.1 response (RFC 9112): status line, fields and, unless <paramref name="headOnly"/>, the body. With <paramref name="closes"/> it says that no
    /// further request is read from this connection.
    /// </summary>
    public byte[] ToBytes(DateTimeOffset date, bool headOnly, bool closes)
    {
        var length = Encoding.UTF8.GetByteCount(Text);
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {(int)Status} {Reason(Status)}\r\nDate: {date:r}\r\nContent-Type: {ContentType}\r\nContent-Length: {length}\r\n{(closes ? "Connection: close\r\n" : "")}\r\n");
        return Encoding.UTF8.GetBytes(headOnly ? head : head + Text);
    }

    /// <summary>The phrases of RFC 9110 §15 for the numbers that are answered here; for others none, which the grammar allows.</summary>
    private static string Reason(HttpStatusCode status) => status switch
    {
        HttpStatusCode.OK => "OK",
        HttpStatusCode.BadRequest => "Bad Request",
        HttpStatusCode.NotFound => "Not Found",
        HttpStatusCode.RequestHeaderFieldsTooLarge => "Request Header Fields Too Large",
        HttpStatusCode.ServiceUnavailable => "Service Unavailable",
        HttpStatusCode.HttpVersionNotSupported => "HTTP Version Not Supported",
        _ => "",
    };
}
