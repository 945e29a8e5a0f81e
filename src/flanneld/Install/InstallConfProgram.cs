using Flannel.Linux;

namespace Flannel.Daemon.Install;

/// <summary>The program <c>install-conf SRC DEST</c>, as manifests of the original call it: a copy in one step, exit code 1 for everything that is wrong.</summary>
internal static class InstallConfProgram
{
    public static int Run(string[] arguments, TextWriter error)
    {
        if (arguments is not [var source, var destination])
        {
            error.WriteLine("Usage: install-conf <src> <dest>");
            return ExitCode.Failure;
        }

        try
        {
            DurableFile.Install(source, destination);
            return ExitCode.Ok;
        }
        catch (Exception fault) when (InstallFault.Is(fault))
        {
            error.WriteLine($"error installing {Quoted(source)}: {fault.Message}");
            return ExitCode.Failure;
        }
    }

    private static string Quoted(string path) => Options.GoSyntax.Quote(path);
}
