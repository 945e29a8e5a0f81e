using Flannel.Stores;
using Microsoft.Extensions.Logging;

namespace Flannel.Leases;

/// <summary>
/// What the log knows of a store's absence, whoever notices it: the beginning is told once, the end when nobody waits for the store any more, and in between only that
/// absence turned into refusal or back.
/// </summary>
/// <param name="logger">Told.</param>
/// <param name="store">What it calls the store.</param>
internal sealed partial class Outage(ILogger logger, string store)
{
    private readonly Lock _lock = new();
    private readonly HashSet<object> _waiting = new(ReferenceEqualityComparer.Instance);
    private State _told = State.Present;

    private enum State
    {
        Present,
        Away,
        Refusing,
    }

    /// <summary>One who needs the store waits for it from now on, until it calls <see cref="End"/>.</summary>
    public void Begin(object waiting, StoreException fault) => Begin(waiting, fault, !fault.IsTransient);

    /// <inheritdoc cref="Begin(object, StoreException)"/>
    /// <param name="waiting">Who waits.</param>
    /// <param name="fault">What it was answered.</param>
    /// <param name="isRefusal">Whether the store is there, and refuses; even if that may pass.</param>
    public void Begin(object waiting, StoreException fault, bool isRefusal)
    {
        lock (_lock)
        {
            _waiting.Add(waiting);
            Tell(fault, isRefusal);
        }
    }

    /// <summary>A call failed that is made again so late that the end of the outage must not wait for it.</summary>
    public void Notice(StoreException fault)
    {
        lock (_lock)
        {
            Tell(fault, !fault.IsTransient);
        }
    }

    /// <summary>The store answered; whoever asked waits no longer.</summary>
    public void End(object waiting)
    {
        lock (_lock)
        {
            _waiting.Remove(waiting);
            if (_told == State.Present || _waiting.Count > 0)
            {
                return;
            }

            _told = State.Present;
        }

        Log.Back(logger, store);
    }

    private void Tell(StoreException fault, bool isRefusal)
    {
        var state = isRefusal ? State.Refusing : State.Away;
        if (state == _told)
        {
            return;
        }

        _told = state;
        if (isRefusal)
        {
            Log.Refusing(logger, store, fault.Message);
        }
        else
        {
            Log.Away(logger, store, fault.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Store} is away, trying on: {Reason}")]
        public static partial void Away(ILogger logger, string store, string reason);

        [LoggerMessage(LogLevel.Error, "{Store} refuses to be watched, trying on: {Reason}")]
        public static partial void Refusing(ILogger logger, string store, string reason);

        [LoggerMessage(LogLevel.Information, "{Store} is back")]
        public static partial void Back(ILogger logger, string store);
    }
}
