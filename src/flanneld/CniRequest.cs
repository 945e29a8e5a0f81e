using System.Buffers;
using Flannel.Cni;
using Flannel.Linux;

namespace Flannel.Daemon;

/// <summary>Makes a call of the environment and standard input, and refuses what no plugin can work with (CNI specification 1.1, sections 2 and 3).</summary>
internal static class CniRequest
{
    public const string Command = "CNI_COMMAND";

    private const string ContainerId = "CNI_CONTAINERID";
    private const string NetworkNamespace = "CNI_NETNS";
    private const string InterfaceName = "CNI_IFNAME";
    private const string SearchPath = "CNI_PATH";

    /// <summary>Bytes that hold most configurations; the BCL's own choice would have memory cleared that nobody uses.</summary>
    private const int UsualLength = 4096;

    /// <summary>IFNAMSIZ without the closing zero.</summary>
    private const int LongestInterfaceName = 15;

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

    /// <exception cref="CniException">Code 4: a variable is missing or malformed; 6 and 7: the configuration; 1: its version; 8: the namespace is our own.</exception>
    public static CniCall Read(Func<string, string> environment, Stream input)
    {
        CniCommand? command = environment(Command) switch
        {
            "ADD" => CniCommand.Add,
            "DEL" => CniCommand.Del,
            "CHECK" => CniCommand.Check,
            "GC" => CniCommand.Gc,
            "STATUS" => CniCommand.Status,
            _ => null,
        };
        CheckVariables(command, environment);
        var config = ReadConfig(input);
        if (command is not { } known)
        {
            throw new CniException(CniException.InvalidEnvironment, $"unknown CNI_COMMAND: {environment(Command)}");
        }

        CheckVersion(known, config.CniVersion);
        var call = new CniCall
        {
            Command = known,
            ContainerId = environment(ContainerId),
            Netns = environment(NetworkNamespace),
            IfName = environment(InterfaceName),
            Args = environment("CNI_ARGS"),
            Path = environment(SearchPath),
            Config = config,
        };
        CheckNamespace(call, environment("CNI_NETNS_OVERRIDE"));
        return call;
    }

    /// <summary>All that are missing in one message; a malformed one before that.</summary>
    private static void CheckVariables(CniCommand? command, Func<string, string> environment)
    {
        var isAboutContainer = command is CniCommand.Add or CniCommand.Del or CniCommand.Check;
        List<string> missing = [];
        if (isAboutContainer && IsThere(ContainerId))
        {
            CheckContainerId(environment(ContainerId));
        }

        if (command is CniCommand.Add or CniCommand.Check)
        {
            IsThere(NetworkNamespace);
        }

        if (isAboutContainer && IsThere(InterfaceName))
        {
            CheckInterfaceName(environment(InterfaceName));
        }

        if (command is not null)
        {
            IsThere(SearchPath);
        }

        if (missing.Count > 0)
        {
            throw new CniException(CniException.InvalidEnvironment, $"required env variables [{string.Join(',', missing)}] missing");
        }

        bool IsThere(string name)
        {
            if (environment(name).Length > 0)
            {
                return true;
            }

            missing.Add(name);
            return false;
        }
    }

    private static void CheckContainerId(string text)
    {
        if (!IsName(text))
        {
            throw new CniException(CniException.InvalidEnvironment, "invalid characters in containerID", text);
        }
    }

    private static void CheckInterfaceName(string name)
    {
        // The kernel counts bytes, but whatever is beyond ASCII has more of them than characters: too long here is too long there.
        if (name.Length > LongestInterfaceName)
        {
            throw new CniException(
                CniException.InvalidEnvironment, "interface name is too long", $"interface name should be less than {LongestInterfaceName + 1} characters");
        }

        if (name is "." or "..")
        {
            throw new CniException(CniException.InvalidEnvironment, "interface name is . or ..");
        }

        if (name.Any(character => character is '/' or ':' || char.IsWhiteSpace(character)))
        {
            throw new CniException(CniException.InvalidEnvironment, "interface name contains / or : or whitespace characters");
        }
    }

    private static PluginConfig ReadConfig(Stream input)
    {
        using var text = new MemoryStream();
        input.CopyTo(text, UsualLength);
        var config = PluginConfig.Parse(text.GetBuffer().AsMemory(0, (int)text.Length));
        return config.Name switch
        {
            "" => throw new CniException(CniException.InvalidConfig, "missing network name"),
            var name when !IsName(name) => throw new CniException(CniException.InvalidConfig, "invalid characters found in network name", name),
            _ => config,
        };
    }

    private static void CheckVersion(CniCommand command, CniVersion version)
    {
        var (first, name) = command switch
        {
            CniCommand.Check => (CniVersion.V040, "CHECK"),
            CniCommand.Gc => (CniVersion.V110, "GC"),
            CniCommand.Status => (CniVersion.V110, "STATUS"),
            _ => (CniVersion.V010, ""),
        };
        if (version < first)
        {
            throw new CniException(CniException.IncompatibleVersion, $"config version does not allow {name}");
        }
    }

    /// <summary>A runtime that names its own namespace would have its own interfaces configured. A namespace that cannot be opened is the plugin's to judge.</summary>
    private static void CheckNamespace(CniCall call, string isWanted)
    {
        if (call.Command is not (CniCommand.Add or CniCommand.Del) || call.Netns.Length == 0 ||
            isWanted == "1" || isWanted.Equals("true", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        try
        {
            using var container = Netns.Open(call.Netns);
            if (container.IsCurrent)
            {
                throw new CniException(CniException.InvalidNetns, "plugin's netns and netns from CNI_NETNS should not be the same");
            }
        }
        catch (LinuxException)
        {
            // On DEL it may be gone, and ADD has a better message.
        }
    }

    /// <summary>A letter or digit, then letters, digits, underscores, dots and hyphens.</summary>
    private static bool IsName(string text) => char.IsAsciiLetterOrDigit(text[0]) && !text.AsSpan().ContainsAnyExcept(NameCharacters);
}
