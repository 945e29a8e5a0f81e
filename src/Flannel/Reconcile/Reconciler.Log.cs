using Microsoft.Extensions.Logging;

namespace Flannel.Reconcile;

public sealed partial class Reconciler
{
    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "kernel notifications were lost: reading everything anew")]
        public static partial void NotificationsLost(ILogger logger);

        [LoggerMessage(2, LogLevel.Warning, "{Owner} asks for \"{Wanted}\", which {Holder} holds: it waits until that is given up")]
        public static partial void ClaimWaits(ILogger logger, object owner, KernelObject wanted, object holder);

        [LoggerMessage(3, LogLevel.Warning, "device {Device} can not be kept, {Reason}: making it anew")]
        public static partial void DeviceRemade(ILogger logger, string device, string reason);

        [LoggerMessage(4, LogLevel.Warning, "another program undoes \"{Wanted}\": {Count} repairs in a row, repairing ever more slowly from now on")]
        public static partial void Fight(ILogger logger, KernelObject wanted, int count);

        [LoggerMessage(5, LogLevel.Warning, "transmit checksum offload of {Device} could not be turned {State}: {Error}")]
        public static partial void TxChecksumRefused(ILogger logger, string device, string state, string error);
    }
}
