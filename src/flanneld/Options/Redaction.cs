using System.Text;

namespace Flannel.Daemon.Options;

/// <summary>Takes secrets out of text that will be logged.</summary>
internal static class Redaction
{
    private const string Mark = "[redacted]";

    /// <summary>The mark, or nothing where there is nothing to hide: whether a secret is set is worth knowing.</summary>
    public static string Hide(string secret) => secret.Length == 0 ? "" : Mark;

    /// <summary>Replaces the user information of every URL, as in <c>https://user:password@host</c>. It ends at the last <c>@</c> of the authority.</summary>
    public static string HideUserInfo(string text)
    {
        var shown = new StringBuilder(text.Length);
        var rest = text.AsSpan();
        for (var scheme = rest.IndexOf("://"); scheme >= 0; scheme = rest.IndexOf("://"))
        {
            shown.Append(rest[..(scheme + 3)]);
            rest = rest[(scheme + 3)..];
            var end = rest.IndexOfAny("/?#, ");
            var authority = end < 0 ? rest : rest[..end];
            if (authority.LastIndexOf('@') is var at and >= 0)
            {
                shown.Append(Mark);
                rest = rest[at..];
            }
        }

        return shown.Append(rest).ToString();
    }
}
