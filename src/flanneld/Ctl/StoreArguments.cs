using System.CommandLine;
using Flannel.Daemon.Logging;
using Flannel.Daemon.Options;
using Flannel.Leases;
using Flannel.Stores;
using Microsoft.Extensions.Logging;

namespace Flannel.Daemon.Ctl;

/// <summary>The daemon's store flags as options of a command and all below it; the daemon's variables hold where none is given.</summary>
internal sealed class StoreArguments
{
    private readonly CtlConsole _console;
    private readonly FlagSet _flags = new();
    private readonly StoreFlags _store;
    private readonly KubernetesFlags _kubernetes;
    private readonly List<(Flag Flag, Option<string> Option)> _options = [];

    public StoreArguments(CtlConsole console, Command command)
    {
        _console = console;
        _store = new StoreFlags(_flags);
        _kubernetes = new KubernetesFlags(_flags);
        foreach (var flag in _flags.Flags)
        {
            var note = flag.DefaultText.Length == 0 ? "" : $" [default: {flag.DefaultText}]";
            var option = new Option<string>($"--{flag.Name}") { Description = flag.Usage + note, HelpName = flag.Type, Recursive = true };
            option.Arity = flag.IsBoolean ? ArgumentArity.ZeroOrOne : option.Arity;
            command.Options.Add(option);
            _options.Add((flag, option));
        }
    }

    /// <summary>Opens the store a command line names, to look at. Warnings of the store go to standard error as log lines.</summary>
    /// <exception cref="StoreException">There is no such directory, or the options cannot be used.</exception>
    public ILeaseStore Open(ParseResult result)
    {
        Read(result);
        return _kubernetes.Read() is { Enabled: true } kubernetes
            ? LeaseStores.Open(kubernetes, new Progress<string>(), TimeProvider.System, Loggers())
            : OpenKeyed(mayMake: false);
    }

    /// <summary>Opens the store a command line names, to change it.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="instead">What to do where the store is Kubernetes, in which the cluster assigns subnets.</param>
    /// <param name="mayMake">Whether a directory that is missing is made; otherwise its name was mistyped.</param>
    /// <exception cref="StoreException">As above, or the store is Kubernetes.</exception>
    public KeyedLeaseStore OpenToChange(ParseResult result, string instead, bool mayMake = false)
    {
        Read(result);
        return _kubernetes.Read().Enabled ? throw new StoreException($"not with --kube-subnet-mgr: {instead}", isTransient: false) : OpenKeyed(mayMake);
    }

    private static KlogLoggerFactory Loggers() => new(new LogOptions { Threshold = LogLevel.Warning }, Console.OpenStandardError(), TimeProvider.System);

    private KeyedLeaseStore OpenKeyed(bool mayMake)
    {
        var options = _store.Read();
        if (!mayMake && options.Directory.Length > 0 && !Directory.Exists(options.Directory))
        {
            throw new StoreException($"there is no store directory {options.Directory}; flannelctl config set makes one", isTransient: false);
        }

        return LeaseStores.Open(options, TimeSpan.FromHours(1), TimeProvider.System, Loggers());
    }

    private void Read(ParseResult result)
    {
        foreach (var (flag, option) in _options)
        {
            if (result.GetResult(option) is { Implicit: false })
            {
                var text = result.GetValue(option) ?? "true";
                if (flag.Set(text) is { } reason)
                {
                    throw new FormatException($"invalid value {GoSyntax.Quote(text)} for --{flag.Name}: {reason}");
                }

                flag.IsGiven = true;
            }
        }

        // What the environment has wrong is ignored, as the daemon does.
        FlagEnvironment.Apply(_flags, _console.Environment);
    }
}
