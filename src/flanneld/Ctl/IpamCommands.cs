using System.CommandLine;
using Flannel.Cni;
using Flannel.Cni.HostLocal;

namespace Flannel.Daemon.Ctl;

/// <summary><c>flannelctl ipam list|gc</c>: the addresses that host-local has given to containers of this host.</summary>
internal sealed class IpamCommands
{
    /// <summary>PROC_PID_INIT_INO of linux/proc_ns.h: the number of the namespace that the kernel starts with.</summary>
    private const string InitialPidNamespace = "pid:[4026531836]";

    private readonly CtlConsole _console;
    private readonly Func<bool, Liveness> _lookAround;
    private readonly Option<string> _dataDirectory = new("--data-dir")
    {
        Description = "the dataDir of the plugin host-local",
        HelpName = "directory",
        Recursive = true,
        DefaultValueFactory = _ => AddressBook.DefaultDataDirectory,
    };

    private readonly Option<string?> _network = new("--network")
    {
        Description = "only the network of that name [default: all there are]",
        HelpName = "name",
        Recursive = true,
    };

    private readonly Option<string> _olderThan = new("--older-than")
    {
        Description = "spare what is younger, since a container may be about to start",
        HelpName = "duration",
        Recursive = true,
        DefaultValueFactory = _ => "5m",
    };

    private readonly Option<bool> _isNested = new("--nested")
    {
        Description = "this host is itself a container, with all its own containers inside",
        Recursive = true,
    };

    public IpamCommands(CtlConsole console)
        : this(console, LookAround)
    {
    }

    /// <param name="console">Where to write.</param>
    /// <param name="lookAround">Finds out what lives on the host; told whether that is itself a container.</param>
    internal IpamCommands(CtlConsole console, Func<bool, Liveness> lookAround) => (_console, _lookAround) = (console, lookAround);

    public Command Build()
    {
        var command = new Command("ipam", "Looks at the addresses that containers of this host have, and frees those that leaked.")
        {
            _dataDirectory, _network, _olderThan, _isNested,
        };
        var format = new OutputFormat(command);
        command.Subcommands.Add(BuildList(format));
        command.Subcommands.Add(BuildCollect(format));
        return command;
    }

    private Command BuildList(OutputFormat format)
    {
        var command = new Command("list", "Lists who has which address. It is live when an interface of a container has it.");
        command.SetAction(result =>
        {
            var holdings = OfNetwork(Survey(result), result);
            if (format.IsJson(result))
            {
                _console.Output.WriteLine(JsonText.Of(json => IpamText.Write(json, holdings)));
            }
            else
            {
                IpamText.ToTable(holdings, TimeProvider.System.GetUtcNow().UtcDateTime).Write(_console.Output);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private Command BuildCollect(OutputFormat format)
    {
        var yes = new Option<bool>("--yes") { Description = "do it, instead of only saying what would be done" };
        var states = new Option<string>("--state-dir")
        {
            Description = "the dataDir of the plugin flannel",
            HelpName = "directory",
            DefaultValueFactory = _ => LeakedStateFiles.DefaultDirectory,
        };
        var command = new Command("gc", "Frees the addresses of containers that are gone, and removes what the plugin flannel keeps about them.") { yes, states };
        command.SetAction(result =>
        {
            var survey = Survey(result);
            IReadOnlyList<Holding> leaked = [.. OfNetwork(survey, result).Where(holding => holding.State == HoldingState.Leaked)];
            var files = LeakedStateFiles.Find(result.GetRequiredValue(states), survey, result.GetValue(_network));
            var acts = result.GetValue(yes);
            if (acts)
            {
                leaked = AddressSurvey.Free(leaked);
                foreach (var file in files)
                {
                    File.Delete(file);
                }
            }

            Tell(result, leaked, files, acts, format);
            return ExitCode.Ok;
        });
        return command;
    }

    private void Tell(ParseResult result, IReadOnlyList<Holding> leaked, IReadOnlyList<string> files, bool acts, OutputFormat format)
    {
        if (format.IsJson(result))
        {
            _console.Output.WriteLine(JsonText.Of(json => IpamText.Write(json, leaked, files, acts)));
            return;
        }

        foreach (var path in leaked.Select(holding => holding.Reservation.Path).Concat(files))
        {
            _console.Output.WriteLine($"rm {path}");
        }

        _console.Error.WriteLine(leaked.Count + files.Count == 0 ? "Nothing leaked." : acts ? "All of it is freed." : "Nothing was changed; add --yes to free this.");
    }

    private AddressSurvey Survey(ParseResult result)
    {
        var isNested = result.GetValue(_isNested);
        return AddressSurvey.Take(result.GetRequiredValue(_dataDirectory), Age.Parse(result.GetRequiredValue(_olderThan)), () => _lookAround(isNested), TimeProvider.System);
    }

    private IReadOnlyList<Holding> OfNetwork(AddressSurvey survey, ParseResult result) =>
        result.GetValue(_network) is { } network ? [.. survey.Holdings.Where(holding => holding.Network == network)] : survey.Holdings;

    // From inside a container the others cannot be seen, and everything would seem to have leaked.
    private static Liveness LookAround(bool isNested)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new HostException("this has to run as root, which alone sees into all containers");
        }

        return isNested || File.ResolveLinkTarget("/proc/self/ns/pid", returnFinalTarget: false)?.Name == InitialPidNamespace
            ? Liveness.Survey()
            : throw new HostException(
                "the containers of this host cannot be seen from inside one: run it on the host, or with hostPID; if the host is itself a container, add --nested");
    }
}
