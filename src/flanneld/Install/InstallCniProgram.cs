using Flannel.Daemon.Options;
using Flannel.Linux;

namespace Flannel.Daemon.Install;

/// <summary>
/// <c>flanneld install-cni</c>: puts the CNI plugins, which are this very file, and a network configuration where the container runtime of the host looks for them. What
/// is right already is not touched, nor is any other file: a plugin beside <c>flannel</c> that somebody else has put there stays.
/// </summary>
internal static class InstallCniProgram
{
    public const string Name = "install-cni";

    private const string Plugin = "flannel";

    /// <summary>The names of the standard plugins that this program answers by.</summary>
    private static readonly string[] InOneProcess = ["bridge", "host-local", "loopback", "portmap"];

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

        // The plugins first: a runtime that sees the configuration calls it at once.
        return InstallPlugins(flags, error) && InstallConfig(flags, error) ? ExitCode.Ok : ExitCode.Failure;
    }

    // What flannel delegates to goes first: of an earlier release of ours it is known by being equal to the flannel of that release.
    private static bool InstallPlugins(InstallCniFlags flags, TextWriter error)
    {
        if (flags.BinDirectory.Length == 0)
        {
            return true;
        }

        string? written = null;
        foreach (var name in (string[])[.. InOneProcess, Plugin])
        {
            if (!Attempt(Path.Combine(flags.BinDirectory, name), error, file => InstallPlugin(file, ref written)))
            {
                return false;
            }
        }

        return true;
    }

    /// <param name="file">Where it goes.</param>
    /// <param name="written">The first of the plugins written now; the others become names of the same file.</param>
    private static string InstallPlugin(string file, ref string? written)
    {
        var (source, flannel) = (Environment.ProcessPath!, Path.Combine(Path.GetDirectoryName(file)!, Plugin));
        if (file != flannel && IsThere(file) && !DurableFile.AreEqual(file, source) && !DurableFile.AreEqual(file, flannel))
        {
            return $"{file} is there already and stays";
        }

        if (written is not null && !DurableFile.AreEqual(file, source))
        {
            DurableFile.Link(written, file);
        }
        else if (DurableFile.Install(source, file))
        {
            written ??= file;
        }
        else
        {
            return $"{file} is up to date";
        }

        return $"installed {file}";
    }

    // A symbolic link that leads nowhere for now is somebody's too.
    private static bool IsThere(string file) => File.Exists(file) || new FileInfo(file).LinkTarget is not null;

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

    private static bool Install(string source, string destination, TextWriter error) =>
        Attempt(destination, error, file => DurableFile.Install(source, file) ? $"installed {file}" : $"{file} is up to date");

    /// <param name="destination">What is installed.</param>
    /// <param name="error">Takes what was done, or why not.</param>
    /// <param name="install">Returns what was done.</param>
    private static bool Attempt(string destination, TextWriter error, Func<string, string> install)
    {
        try
        {
            error.WriteLine(install(destination));
            return true;
        }
        catch (Exception fault) when (InstallFault.Is(fault))
        {
            error.WriteLine($"cannot install {destination}: {fault.Message}");
            return false;
        }
    }
}
