using Flannel.Daemon.Options;
using Microsoft.Extensions.Logging;

namespace Flannel.Daemon;

/// <summary>flanneld's life: the start-up sequence, then its workers until the token is cancelled.</summary>
internal sealed partial class FlannelDaemon(DaemonOptions options, ILoggerFactory loggers, Readiness readiness, SystemdNotifier systemd, TimeProvider time)
{
    private const int LongestRenewMargin = 24 * 60 - 1;

    private readonly ILogger _logger = loggers.CreateLogger<FlannelDaemon>();

    /// <summary>Runs until the token is cancelled or a fatal condition, which is logged; returns the exit code.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        Log.Starting(_logger, ProductVersion.Text, options.Description);
        if (options.RenewMarginMinutes is < 1 or > LongestRenewMargin)
        {
            Log.BadRenewMargin(_logger, options.RenewMarginMinutes, LongestRenewMargin);
            return ExitCode.Failure;
        }

        if (options.Kubernetes.Enabled)
        {
            Log.NoKubernetesYet(_logger);
            return ExitCode.Failure;
        }

        using var stopping = cancellationToken.Register(systemd.Stopping);
        try
        {
            await using var health = await StartHealthServerAsync(cancellationToken);
            await ServeAsync(cancellationToken);
        }
        catch (HealthServerException e)
        {
            Log.HealthServerFailed(_logger, e.Message);
            return ExitCode.HealthPort;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Log.Exiting(_logger);
        }

        return ExitCode.Ok;
    }

    private async Task<HealthServer?> StartHealthServerAsync(CancellationToken cancellationToken)
    {
        if (options.HealthPort <= 0)
        {
            return null;
        }

        var server = await HealthServer.StartAsync(options.HealthAddress, options.HealthPort, readiness, time, cancellationToken);
        Log.HealthServerStarted(_logger, server.EndPoint);
        return server;
    }

    private Task ServeAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "flanneld {Version} starts with {Options}")]
        public static partial void Starting(ILogger logger, string version, string options);

        [LoggerMessage(LogLevel.Critical, "Invalid subnet-lease-renew-margin option, out of acceptable range: {Minutes} is not in 1 to {Longest}")]
        public static partial void BadRenewMargin(ILogger logger, int minutes, int longest);

        [LoggerMessage(LogLevel.Critical, "kube-subnet-mgr: the Kubernetes API cannot be the store yet; use etcd or --store-dir")]
        public static partial void NoKubernetesYet(ILogger logger);

        [LoggerMessage(LogLevel.Critical, "{Reason}")]
        public static partial void HealthServerFailed(ILogger logger, string reason);

        [LoggerMessage(LogLevel.Information, "the health server listens on {EndPoint}")]
        public static partial void HealthServerStarted(ILogger logger, System.Net.IPEndPoint endPoint);

        [LoggerMessage(LogLevel.Information, "Exiting cleanly...")]
        public static partial void Exiting(ILogger logger);
    }
}
