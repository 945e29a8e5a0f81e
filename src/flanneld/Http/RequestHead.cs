using System.Buffers;
using System.Net;
using System.Text;

namespace Flannel.Daemon.Http;

/// <summary>The request line and the fields of one HTTP/1 request (RFC 9112), as far as the server cares.</summary>
/// <param name="Path">Without query; empty when refused.</param>
/// <param name="IsHead">The method is HEAD: the reply has no body.</param>
/// <param name="Closes">Nothing after this request is read: the client said so, it speaks HTTP/1.0, a body follows, or the request is refused.</param>
/// <param name="Refusal">Why it is not answered, or null.</param>
internal readonly record struct RequestHead(string Path, bool IsHead, bool Closes, HttpStatusCode? Refusal)
{
    private static readonly SearchValues<byte> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>
    /// Reads the head at the start of <paramref name="received"/>; its end is an empty line. Lines end in CR LF or LF alone. What follows after
    /// <paramref name="length"/> bytes is the next request, unless <see cref="Closes"/>.
    /// </summary>
    /// <returns>Whether it is decided: a whole head is there, or a beginning that can become none.</returns>
    public static bool TryRead(ReadOnlySpan<byte> received, out RequestHead head, out int length)
    {
        head = default;
        length = received.Length - received.TrimStart("\r\n"u8).Length;
        if (length < received.Length && !IsToken(received.Slice(length, 1)))
        {
            head = Refuse(HttpStatusCode.BadRequest);
            return true;
        }

        if (!TryTakeLine(received, ref length, out var requestLine))
        {
            return false;
        }

        var fields = new RequestFields();
        while (TryTakeLine(received, ref length, out var line))
        {
            if (line.IsEmpty)
            {
                head = Read(requestLine, fields);
                return true;
            }

            fields.Add(line);
        }

        return false;
    }

    /// <summary>Whether all characters may stand in a method or a field's name (RFC 9110 §5.6.2), and there is one.</summary>
    internal static bool IsToken(ReadOnlySpan<byte> text) =>
        !text.IsEmpty && !text.ContainsAnyExcept(TokenCharacters);

    private static bool TryTakeLine(ReadOnlySpan<byte> received, ref int position, out ReadOnlySpan<byte> line)
    {
        var rest = received[position..];
        var end = rest.IndexOf((byte)'\n');
        line = end < 0 ? default : rest[..end];
        if (line.EndsWith("\r"u8))
        {
            line = line[..^1];
        }

        position += end + 1;
        return end >= 0;
    }

    private static RequestHead Read(ReadOnlySpan<byte> line, RequestFields fields)
    {
        var first = line.IndexOf((byte)' ');
        var last = line.LastIndexOf((byte)' ');
        if (first == last || !IsToken(line[..first]) || line[(first + 1)..last].ContainsAnyExceptInRange((byte)'!', (byte)'~'))
        {
            return Refuse(HttpStatusCode.BadRequest);
        }

        var version = line[(last + 1)..];
        var isLatest = version.SequenceEqual("HTTP/1.1"u8);
        if (!isLatest && !version.SequenceEqual("HTTP/1.0"u8))
        {
            return Refuse(version.StartsWith("HTTP/"u8) ? HttpStatusCode.HttpVersionNotSupported : HttpStatusCode.BadRequest);
        }

        if (fields.IsMalformed || fields.Hosts > 1 || (isLatest && fields.Hosts == 0))
        {
            return Refuse(HttpStatusCode.BadRequest);
        }

        return new RequestHead(PathOf(line[(first + 1)..last]), line[..first].SequenceEqual("HEAD"u8), !isLatest || fields.Closes || fields.HasBody, null);
    }

    private static RequestHead Refuse(HttpStatusCode status) => new("", IsHead: false, Closes: true, status);

    /// <summary>From <c>/path?query</c> or, as a proxy gets it, <c>http://host/path?query</c>.</summary>
    private static string PathOf(ReadOnlySpan<byte> target)
    {
        if (target.IndexOf("://"u8) is > 0 and var scheme && target[0] != (byte)'/')
        {
            target = target[(scheme + 3)..];
            target = target.IndexOf((byte)'/') is >= 0 and var root ? target[root..] : "/"u8;
        }

        var query = target.IndexOf((byte)'?');
        return Encoding.ASCII.GetString(query < 0 ? target : target[..query]);
    }
}
