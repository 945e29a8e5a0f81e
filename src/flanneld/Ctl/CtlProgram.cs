using System.CommandLine;
using Flannel.Daemon.Logging;

namespace Flannel.Daemon.Ctl;

/// <summary>The program <c>flannelctl</c>: what an operator asks of a store and of this host.</summary>
internal sealed class CtlProgram(CtlConsole console)
{
    public async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var root = new RootCommand("Looks at and changes the leases and the configuration of a flannel network and the addresses of containers, and cleans up a host.")
        {
            new ConfigCommands(console).Build(),
            new LeaseCommands(console).Build(),
            new IpamCommands(console).Build(),
            new DockerOptionsCommand(console).Build(),
            new CleanupCommand(console).Build(),
        };
        root.Options.OfType<VersionOption>().Single().Action = new VersionAction();
        var invocation = new InvocationConfiguration { Output = console.Output, Error = console.Error, EnableDefaultExceptionHandler = false };
        // A word behind @ is a password or a file name here, not a file of more words.
        var result = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        try
        {
            var code = await result.InvokeAsync(invocation);
            return result.Errors.Count > 0 ? ExitCode.Usage : code;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            console.Error.WriteLine($"flannelctl: {e.ToLine()}");
            return ExitCode.Failure;
        }
    }
}
