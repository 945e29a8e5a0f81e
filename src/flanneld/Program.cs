using Flannel.Daemon.Ctl;
using Flannel.Daemon.Install;

namespace Flannel.Daemon;

/// <summary>One file, several programs: the name it is called by chooses. Every other name is the daemon, so that the file may be renamed.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        var program = Environment.GetCommandLineArgs()[0];
        var name = Path.GetFileNameWithoutExtension(program);
        if (CniProgram.Find(name) is { } plugin)
        {
            return CniProgram.Run(plugin);
        }

        switch (name)
        {
            case "flannelctl":
                return await new CtlProgram(CtlConsole.Own).RunAsync(arguments);

            case "install-conf":
                return InstallConfProgram.Run(arguments, Console.Error);

            case "cp":
                return CopyProgram.Run(arguments, Console.Error);

            default:
                return arguments is [InstallCniProgram.Name, .. var rest]
                    ? InstallCniProgram.Run(program, rest, Console.Error)
                    : await DaemonProgram.RunAsync(program, arguments, Console.Error);
        }
    }
}
