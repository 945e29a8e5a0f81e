using System.Net.Sockets;
using Flannel.Linux;
using Microsoft.Extensions.Logging;

namespace Flannel.Config;

public static partial class SubnetFile
{
    /// <summary>Reads what an earlier run wrote, or a person: comments, <c>export</c> and quotes are understood. No file is normal; nothing is thrown for its content.</summary>
    public static PreviousRun Read(string path)
    {
        try
        {
            return ReadText(File.ReadAllText(path), path);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return PreviousRun.Nothing;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return PreviousRun.Nothing with { Problems = [new(LogLevel.Warning, $"cannot read {path}, so no subnet is asked for again: {unreadable.Message}")] };
        }
    }

    /// <param name="text">The content of the file.</param>
    /// <param name="path">Its name, for the problems.</param>
    internal static PreviousRun ReadText(string text, string path)
    {
        var values = ReadVariables(text);
        List<SubnetFileProblem> problems = [];
        return new PreviousRun(
            Single("FLANNEL_NETWORK", AddressFamily.InterNetwork),
            Single("FLANNEL_SUBNET", AddressFamily.InterNetwork),
            Single("FLANNEL_IPV6_NETWORK", AddressFamily.InterNetworkV6),
            Single("FLANNEL_IPV6_SUBNET", AddressFamily.InterNetworkV6),
            problems);

        Cidr Single(string key, AddressFamily family)
        {
            if (!values.TryGetValue(key, out var value))
            {
                return default;
            }

            var networks = ReadList(value, family, bad => problems.Add(new(LogLevel.Warning, $"{path}: {key}: '{bad}' is no {Name(family)} network, skipped")));
            switch (networks.Count)
            {
                case 0:
                    problems.Add(new(LogLevel.Warning, $"{path}: {key} has no network"));
                    return default;
                case 1:
                    return networks[0];
                default:
                    problems.Add(new(LogLevel.Error, $"{path}: {key} has {networks.Count} networks where one is expected, none is used: {value}"));
                    return default;
            }
        }
    }

    /// <summary>The networks of a comma-separated list with their host bits dropped; parts that are none go to <paramref name="skip"/>.</summary>
    internal static IReadOnlyList<Cidr> ReadList(string value, AddressFamily family, Action<string> skip)
    {
        List<Cidr> networks = [];
        foreach (var part in value.Split(',', StringSplitOptions.TrimEntries))
        {
            if (Cidr.TryParse(part, out var cidr) && cidr.Family == family)
            {
                networks.Add(cidr.Network);
            }
            else
            {
                skip(part);
            }
        }

        return networks;
    }

    /// <summary>The assignments of a shell: comments, <c>export</c> and quotes are understood, expansions are not. The last of equal names counts.</summary>
    public static IReadOnlyDictionary<string, string> ReadVariables(string text)
    {
        const string export = "export ";
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.Trim().Replace('\t', ' ');
            line = line.StartsWith(export, StringComparison.Ordinal) ? line[export.Length..] : line;
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && line[0] != '#')
            {
                values[line[..equals].Trim()] = Unquote(line[(equals + 1)..].Trim());
            }
        }

        return values;
    }

    private static string Unquote(string value)
    {
        if (value.Length > 0 && value[0] is '"' or '\'')
        {
            var end = value.IndexOf(value[0], 1);
            return end > 0 ? value[1..end] : value[1..];
        }

        var comment = value.IndexOf(" #", StringComparison.Ordinal);
        return comment >= 0 ? value[..comment].TrimEnd() : value;
    }

    private static string Name(AddressFamily family) => family == AddressFamily.InterNetwork ? "IPv4" : "IPv6";
}
