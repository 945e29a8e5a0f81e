namespace Flannel.Cni;

/// <summary>
/// <c>CNI_ARGS</c>: pairs as in <c>IP=10.5.7.9;K8S_POD_NAME=web</c>, of which a plugin knows one. Another is a fault unless <c>IgnoreUnknown</c> says otherwise, as with the
/// standard plugins.
/// </summary>
internal static class CniArguments
{
    private const int ShownLength = 80;

    /// <summary>The value of the key that is known; null where it is not given.</summary>
    /// <param name="arguments">The whole text; empty for none.</param>
    /// <param name="known">The key.</param>
    /// <param name="problemOf">What is wrong with a value; null when it can be used.</param>
    /// <exception cref="CniException">Code 4: something is no pair, a value is malformed, or a key is unknown.</exception>
    public static string? Read(string arguments, string known, Func<string, string?> problemOf)
    {
        string? result = null;
        var ignoresUnknown = false;
        List<string> unknown = [];
        foreach (var pair in arguments.Length > 0 ? arguments.Split(';') : [])
        {
            switch (pair.Split('='))
            {
                case [var key, var value] when key == known:
                    result = problemOf(value) is { } problem ? throw BadPair(pair, problem) : value;
                    break;
                case ["IgnoreUnknown", var value]:
                    ignoresUnknown = ReadFlag(value) ?? throw BadPair(pair, $"boolean unmarshal error: invalid input {Lower(value)}");
                    break;
                case [_, _]:
                    unknown.Add(Quote(pair));
                    break;
                default:
                    throw new CniException(CniException.InvalidEnvironment, $"ARGS: invalid pair {Quote(pair)}");
            }
        }

        return unknown.Count == 0 || ignoresUnknown
            ? result
            : throw new CniException(CniException.InvalidEnvironment, $"ARGS: unknown args [{string.Join(' ', unknown)}]");
    }

    private static bool? ReadFlag(string text) => Lower(text) switch { "1" or "true" => true, "0" or "false" => false, _ => null };

    private static CniException BadPair(string pair, string reason) =>
        new(CniException.InvalidEnvironment, $"ARGS: error parsing value of pair {Quote(pair)}: {reason}");

    private static string Quote(string pair) => $"\"{pair.Cut(ShownLength)}\"";

    private static string Lower(string text) => text.Cut(ShownLength).ToLowerInvariant();
}
