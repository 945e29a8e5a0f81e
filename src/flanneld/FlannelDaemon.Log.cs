using Flannel.Leases;
using Microsoft.Extensions.Logging;

namespace Flannel.Daemon;

internal sealed partial class FlannelDaemon
{
    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "flanneld {Version} starts with {Options}")]
        public static partial void Starting(ILogger logger, string version, string options);

        [LoggerMessage(LogLevel.Critical, "Invalid subnet-lease-renew-margin option, out of acceptable range: {Minutes} is not in 1 to {Longest}")]
        public static partial void BadRenewMargin(ILogger logger, int minutes, int longest);

        [LoggerMessage(LogLevel.Information, "{Reason}, beginning again with it")]
        public static partial void BeginsAgain(ILogger logger, string reason);

        [LoggerMessage(LogLevel.Critical, "{Reason}")]
        public static partial void HealthServerFailed(ILogger logger, string reason);

        [LoggerMessage(LogLevel.Information, "the health server listens on {EndPoint}")]
        public static partial void HealthServerStarted(ILogger logger, System.Net.IPEndPoint endPoint);

        [LoggerMessage(LogLevel.Information, "Exiting cleanly...")]
        public static partial void Exiting(ILogger logger);

        [LoggerMessage(LogLevel.Critical, "{Reason}")]
        public static partial void Fatal(ILogger logger, string reason);

        [LoggerMessage("{Problem}")]
        public static partial void SubnetFileProblem(ILogger logger, LogLevel level, string problem);

        [LoggerMessage(LogLevel.Information, "network config found: network {Networks}, backend {Backend}")]
        public static partial void ConfigFound(ILogger logger, string networks, string backend);

        [LoggerMessage(LogLevel.Error, "the network config is not valid, waiting for another: {Reason}")]
        public static partial void BadConfig(ILogger logger, string reason);

        [LoggerMessage(LogLevel.Information, "interface selection: {Failure}")]
        public static partial void SelectorFailed(ILogger logger, string failure);

        [LoggerMessage(LogLevel.Information, "external interface {External}. Taken for {Reason}")]
        public static partial void InterfaceChosen(ILogger logger, ExternalInterface external, string reason);

        [LoggerMessage(LogLevel.Warning, "waiting up to {Seconds} s for an external interface: {Reason}")]
        public static partial void InterfaceAwaited(ILogger logger, int seconds, string reason);

        [LoggerMessage(LogLevel.Information, "lease {Key} acquired, backend {Backend} on {Device}")]
        public static partial void LeaseAcquired(ILogger logger, LeaseKey key, string backend, string device);

        [LoggerMessage(LogLevel.Warning, "{Reason}: everything stays as it is until it is back")]
        public static partial void InterfaceAway(ILogger logger, string reason);

        [LoggerMessage(LogLevel.Information, "the external interface {Name} is back")]
        public static partial void InterfaceBack(ILogger logger, string name);

        [LoggerMessage(LogLevel.Information, "the external interface changed to {External}; devices, lease and peers follow")]
        public static partial void InterfaceChanged(ILogger logger, ExternalInterface external);

        [LoggerMessage(LogLevel.Warning, "{Reason}; not ready until it is written, trying again")]
        public static partial void SubnetFileFailed(ILogger logger, string reason);

        [LoggerMessage(LogLevel.Information, "{Path} written, ready")]
        public static partial void SubnetFileWritten(ILogger logger, string path);
    }
}
