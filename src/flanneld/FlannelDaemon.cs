using Flannel.Config;
using Flannel.Daemon.Http;
using Flannel.Daemon.Options;
using Flannel.Firewall;
using Flannel.Leases;
using Flannel.Linux;
using Flannel.Stores;
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

        using var stopping = cancellationToken.Register(systemd.Stopping);
        try
        {
            await using var health = await StartHealthServerAsync(cancellationToken);
            await ServeAsync(cancellationToken);
        }
        catch (HealthServerException e)
        {
            readiness.SetStopped(e.Message);
            Log.HealthServerFailed(_logger, e.Message);
            return ExitCode.HealthPort;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            readiness.SetStopped("flanneld was stopped");
            Log.Exiting(_logger);
        }
        catch (Exception e) when (IsFatalCondition(e))
        {
            readiness.SetStopped(e.Message);
            Log.Fatal(_logger, e.Message);
            return ExitCode.Failure;
        }

        return ExitCode.Ok;
    }

    /// <summary>What an operator can mend: its message says it all. Anything else is a defect of ours and ends with its stack.</summary>
    private static bool IsFatalCondition(Exception e) => e is HostException or ConfigException or StoreException or LinuxException or LeaseLostException or FirewallException;

    private async Task<HttpServer?> StartHealthServerAsync(CancellationToken cancellationToken)
    {
        if (options.HealthPort <= 0)
        {
            return null;
        }

        var server = await HealthServer.StartAsync(options.HealthAddress, options.HealthPort, readiness, time, cancellationToken);
        Log.HealthServerStarted(_logger, server.EndPoint);
        return server;
    }
}
