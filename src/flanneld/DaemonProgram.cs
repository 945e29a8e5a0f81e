using Flannel.Daemon.Logging;
using Flannel.Daemon.Options;
using Microsoft.Extensions.Logging;

namespace Flannel.Daemon;

/// <summary>The program <c>flanneld</c>: from a command line to an exit code.</summary>
internal static partial class DaemonProgram
{
    /// <summary>Runs it. <paramref name="error"/> takes usage, version and refusals; the log goes to the process's own standard error.</summary>
    public static async Task<int> RunAsync(string program, string[] arguments, TextWriter error)
    {
        var flags = new DaemonFlags();
        switch (flags.Table.Parse(arguments))
        {
            case ParseOutcome.HelpAsked:
                flags.Table.WriteUsage(error, program);
                return ExitCode.Ok;
            case ParseOutcome.Refused refused:
                error.WriteLine(refused.Message);
                flags.Table.WriteUsage(error, program);
                return ExitCode.Usage;
        }

        // Before the environment is read: FLANNELD_VERSION has no effect.
        if (flags.VersionAsked)
        {
            error.WriteLine(ProductVersion.Text);
            return ExitCode.Ok;
        }

        var refusals = FlagEnvironment.Apply(flags.Table, Environment.GetEnvironmentVariable);
        var options = flags.Read();
        options = options with { Kubernetes = options.Kubernetes.In(Environment.GetEnvironmentVariable) };
        using var standardError = Console.OpenStandardError();
        using var loggers = new KlogLoggerFactory(options.Log, standardError, TimeProvider.System);
        return await RunAsync(options, refusals, loggers);
    }

    private static async Task<int> RunAsync(DaemonOptions options, IReadOnlyList<string> refusals, KlogLoggerFactory loggers)
    {
        var logger = loggers.CreateLogger("flanneld");
        foreach (var refusal in refusals)
        {
            Log.BadVariable(logger, refusal);
        }

        var readiness = new Readiness(new StateFile(options.SubnetFile, TimeProvider.System, loggers.CreateLogger<StateFile>()));
        try
        {
            using var signals = new TerminationSignals();
            var systemd = new SystemdNotifier(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"), loggers.CreateLogger<SystemdNotifier>());
            return await new FlannelDaemon(options, loggers, readiness, systemd, TimeProvider.System).RunAsync(signals.Token);
        }
        catch (Exception e)
        {
            readiness.SetStopped(e.Message);
            Log.Failed(logger, e);
            return ExitCode.Failure;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "{Refusal}")]
        public static partial void BadVariable(ILogger logger, string refusal);

        [LoggerMessage(LogLevel.Critical, "flanneld ends")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
