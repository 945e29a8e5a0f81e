using Flannel.Linux;

namespace Flannel.Daemon.Install;

/// <summary>
/// The program <c>cp [-f] SOURCE DEST</c>, for <c>cp -f /flannel /opt/cni/bin/flannel</c> of the original's manifests in an image that has no other programs. Of cp it
/// knows this alone: one file, to a name or into a directory.
/// </summary>
internal static class CopyProgram
{
    public static int Run(string[] arguments, TextWriter error)
    {
        if (arguments.SkipWhile(word => word is "-f" or "--force" or "--").ToArray() is not [var source, var target])
        {
            error.WriteLine("Usage: cp [-f] SOURCE DEST");
            return ExitCode.Failure;
        }

        try
        {
            DurableFile.Install(source, Directory.Exists(target) ? Path.Combine(target, Path.GetFileName(source)) : target);
            return ExitCode.Ok;
        }
        catch (Exception fault) when (InstallFault.Is(fault))
        {
            error.WriteLine($"cp: {fault.Message}");
            return ExitCode.Failure;
        }
    }
}
