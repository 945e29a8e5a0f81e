using Flannel.Daemon.Options;
using Flannel.Linux;

namespace Flannel.Daemon.Install;

/// <summary>
/// <c>flanneld install-cni</c>: puts the CNI plugin, which is this very file, and a network configuration where the container runtime of the host looks for them. What is
/// right already is not touched, nor is any other file.
/// </summary>
internal static class InstallCniProgram
{
    public const string Name = "install-cni";

    private const string Plugin = "flannel";

    /// <param name="program">How flanneld was called.</param>
    /// <param name="arguments">The words behind <see cref="Name"/>.</param>
    /// <param name="error">Takes one line per file, usage and refusals.</param>
    public static int Run(string program, string[] arguments, TextWriter error)
    {
        var flags = new InstallCniFlags();
        switch (flags.Table.Parse(arguments))
        {
            case ParseOutcome.HelpAsked:
                flags.Table.WriteUsage(error, $"{program} {Name}");
                return ExitCode.Ok;
            case ParseOutcome.Refused refused:
                error.WriteLine(refused.Message);
                flags.Table.WriteUsage(error, $"{program} {Name}");
                return ExitCode.Usage;
        }

        // The plugin first: a runtime that sees the configuration calls it at once.
        return InstallPlugin(flags, error) && InstallConfig(flags, error) ? ExitCode.Ok : ExitCode.Failure;
    }

    private static bool InstallPlugin(InstallCniFlags flags, TextWriter error) =>
        flags.BinDirectory.Length == 0 || Install(Environment.ProcessPath!, Path.Combine(flags.BinDirectory, Plugin), error);

    private static bool InstallConfig(InstallCniFlags flags, TextWriter error)
    {
        if (flags.Config.Length == 0)
        {
            return true;
        }

        if (!Install(flags.Config, Path.Combine(flags.ConfigDirectory, flags.ConfigName), error))
        {
            return false;
        }

        if (FirstConfig(flags.ConfigDirectory) is { } first && string.CompareOrdinal(first, flags.ConfigName) < 0)
        {
            error.WriteLine($"{first} in {flags.ConfigDirectory} comes before {flags.ConfigName}: the container runtime uses that one; remove it if flannel is to be used");
        }

        return true;
    }

    // Container runtimes take the first by name, whatever it is for.
    private static string? FirstConfig(string directory) => Directory.EnumerateFiles(directory)
        .Select(path => Path.GetFileName(path))
        .Where(name => Path.GetExtension(name) is ".conf" or ".conflist" or ".json")
        .Min(StringComparer.Ordinal);

    private static bool Install(string source, string destination, TextWriter error)
    {
        try
        {
            error.WriteLine(DurableFile.Install(source, destination) ? $"installed {destination}" : $"{destination} is up to date");
            return true;
        }
        catch (Exception fault) when (InstallFault.Is(fault))
        {
            error.WriteLine($"cannot install {destination}: {fault.Message}");
            return false;
        }
    }
}
