using Flannel.Stores.Etcd;
using Microsoft.Extensions.Logging;

namespace Flannel.Leases;

internal sealed partial class EtcdRegistry
{
    /// <summary>What the log knows of etcd's absence: it is told when it begins, when absence turns into refusal or back, and when it is over.</summary>
    private sealed partial class Outage(ILogger logger)
    {
        private State _told = State.Present;

        private enum State
        {
            Present,
            Away,
            Refusing,
        }

        public void Begin(EtcdException fault)
        {
            var state = fault.IsTransient ? State.Away : State.Refusing;
            if (Interlocked.Exchange(ref _told, state) == state)
            {
                return;
            }

            if (fault.IsTransient)
            {
                Log.Away(logger, fault.Message);
            }
            else
            {
                Log.Refusing(logger, fault.Message);
            }
        }

        public void End()
        {
            if (Interlocked.Exchange(ref _told, State.Present) != State.Present)
            {
                Log.Back(logger);
            }
        }

        private static partial class Log
        {
            [LoggerMessage(LogLevel.Warning, "etcd is away, trying on: {Reason}")]
            public static partial void Away(ILogger logger, string reason);

            [LoggerMessage(LogLevel.Error, "etcd refuses to be watched, trying on: {Reason}")]
            public static partial void Refusing(ILogger logger, string reason);

            [LoggerMessage(LogLevel.Information, "etcd is back")]
            public static partial void Back(ILogger logger);
        }
    }
}
