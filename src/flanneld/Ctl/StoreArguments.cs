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
    private readonly List<(Flag Flag, Option<string> Option)> _options = [];

    public StoreArguments(CtlConsole console, Command command)
    {
        _console = console;
        _store = new StoreFlags(_flags);
        foreach (var flag in _flags.Flags)
        {
            var note = flag.DefaultText.Length == 0 ? "" : $" [default: {flag.DefaultText}]";
            var option = new Option<string>($"--{flag.Name}") { Description = flag.Usage + note, HelpName = flag.Type, Recursive = true };
            command.Options.Add(option);
            _options.Add((flag, option));
        }
    }

    /// <summary>Opens the store a command line names. Warnings of the store go to standard error as log lines.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="mayMake">Whether a directory that is missing is made; otherwise its name was mistyped.</param>
    /// <exception cref="StoreException">There is no such directory, or the options cannot be used.</exception>
    public KeyedLeaseStore Open(ParseResult result, bool mayMake = false)
    {
        foreach (var (flag, option) in _options)
        {
            if (result.GetValue(option) is { } text)
            {
                flag.Set(text);
                flag.IsGiven = true;
            }
        }

        // A text is never refused.
        FlagEnvironment.Apply(_flags, _console.Environment);
        var loggers = new KlogLoggerFactory(new LogOptions { Threshold = LogLevel.Warning }, Console.OpenStandardError(), TimeProvider.System);
        var options = _store.Read();
        if (!mayMake && options.Directory.Length > 0 && !Directory.Exists(options.Directory))
        {
            throw new StoreException($"there is no store directory {options.Directory}; flannelctl config set makes one", isTransient: false);
        }

        return LeaseStores.Open(options, TimeSpan.FromHours(1), TimeProvider.System, loggers);
    }
}
