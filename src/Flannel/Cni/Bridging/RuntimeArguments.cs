namespace Flannel.Cni.Bridging;

/// <summary><c>CNI_ARGS</c>: <c>key=value</c> pairs parted by semicolons, where a plugin refuses keys it does not know unless <c>IgnoreUnknown</c> is there.</summary>
internal static class RuntimeArguments
{
    /// <summary>The value of the one key that is known; null where it is not given.</summary>
    /// <exception cref="CniException">What is no pair, or another key.</exception>
    public static string? Read(string arguments, string known)
    {
        string? value = null;
        var ignoreUnknown = false;
        List<string> unknown = [];
        foreach (var pair in arguments.Split(';'))
        {
            if (pair.Length == 0 && arguments.Length == 0)
            {
                continue;
            }

            var parts = pair.Split('=');
            if (parts.Length != 2)
            {
                throw new CniException(CniException.Internal, $"ARGS: invalid pair \"{pair}\"");
            }

            if (parts[0] == known)
            {
                value = parts[1];
            }
            else if (parts[0] == "IgnoreUnknown")
            {
                ignoreUnknown = ReadFlag(parts[1]);
            }
            else
            {
                unknown.Add(pair);
            }
        }

        return ignoreUnknown || unknown.Count == 0
            ? value
            : throw new CniException(CniException.Internal, $"ARGS: unknown args [\"{string.Join("\" \"", unknown)}\"]");
    }

    private static bool ReadFlag(string text) => text switch
    {
        "1" => true,
        "0" => false,
        _ when text.Equals("true", StringComparison.OrdinalIgnoreCase) => true,
        _ when text.Equals("false", StringComparison.OrdinalIgnoreCase) => false,
        _ => throw new CniException(CniException.Internal, $"ARGS: error parsing value of pair \"IgnoreUnknown={text}\": boolean unmarshal error: invalid input {text}"),
    };
}
