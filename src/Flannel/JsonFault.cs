using System.Text.Json;

namespace Flannel;

/// <summary>What is wrong with a text that should be JSON.</summary>
internal static class JsonFault
{
    /// <summary>Where it stops being JSON, counted from one. Without an excerpt: a pre-shared key may stand there.</summary>
    public static string Place(this JsonException malformed) => $"malformed JSON at line {malformed.LineNumber + 1}, byte {malformed.BytePositionInLine + 1}";
}
