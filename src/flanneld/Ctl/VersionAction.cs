using System.CommandLine;
using System.CommandLine.Invocation;

namespace Flannel.Daemon.Ctl;

/// <summary>Prints the version as the daemon does; the library's own adds the commit.</summary>
internal sealed class VersionAction : SynchronousCommandLineAction
{
    public override bool Terminating => true;

    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine(ProductVersion.Text);
        return ExitCode.Ok;
    }
}
