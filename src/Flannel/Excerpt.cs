namespace Flannel;

/// <summary>What others wrote, for a message: their text is as long as they like.</summary>
internal static class Excerpt
{
    /// <summary>The text, or its first characters and an ellipsis where it has more than <paramref name="longest"/>.</summary>
    public static string Cut(this string text, int longest) => text.Length > longest ? $"{text[..longest]}…" : text;
}
