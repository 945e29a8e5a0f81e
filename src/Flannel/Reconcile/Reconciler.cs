using System.Threading.Channels;
using Flannel.Linux.Rtnetlink;
using Microsoft.Extensions.Logging;

namespace Flannel.Reconcile;

/// <summary>
/// Makes the kernel agree with what is wanted, and keeps it so. <see cref="Want"/> may be called from any thread and never waits; one loop
/// (<see cref="RunAsync"/>) owns the state and the sockets. See docs/architecture.md for the laws.
/// </summary>
public sealed partial class Reconciler : IDisposable
{
    /// <summary>How often everything is read anew although no notification asked for it.</summary>
    private static readonly TimeSpan AuditPeriod = TimeSpan.FromMinutes(30);

    private static readonly object HostOwner = "this host";

    private readonly RtnetlinkSocket _socket;
    private readonly RtnetlinkNotifications _notifications;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    private readonly Lock _mailLock = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Channel<bool> _underlayChanges = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private Dictionary<object, IReadOnlyList<KernelObject>> _mail = [];
    private List<TaskCompletionSource<Exception?>> _mailWaiters = [];
    private KernelScope? _mailScope;
    private bool _mailSweep;

    private readonly ObjectTable _table = new();
    private readonly KernelView _view = new();
    private readonly List<TaskCompletionSource<Exception?>> _waiters = [];
    private bool _sweep;
    private bool _mustList = true;
    private long _nextAudit;

    /// <param name="socket">For requests; owned from here on.</param>
    /// <param name="notifications">Opened in the same namespace; owned from here on.</param>
    /// <param name="time">The clock of retries and audits.</param>
    /// <param name="logger">One line per change to the kernel.</param>
    public Reconciler(RtnetlinkSocket socket, RtnetlinkNotifications notifications, TimeProvider time, ILogger logger)
    {
        (_socket, _notifications, _time, _logger) = (socket, notifications, time, logger);
        _nextAudit = After(AuditPeriod);
    }

    /// <summary>Signals that links, addresses or routes outside the scope changed: peers may be reached another way, the external interface may be another.</summary>
    public ChannelReader<bool> UnderlayChanges => _underlayChanges.Reader;

    /// <summary>Replaces what the host itself needs, and the scope.</summary>
    public void WantHost(HostPlan plan)
    {
        lock (_mailLock)
        {
            _mailScope = plan.Scope;
            _mail[HostOwner] = plan.Objects;
        }

        _wake.Writer.TryWrite(true);
    }

    /// <summary>Replaces all that one owner asks for; an empty list gives everything up. Calls for one owner that arrive during a pass are coalesced.</summary>
    /// <param name="owner">Compared by equality; a peer's subnet.</param>
    /// <param name="objects">What the owner needs in the kernel.</param>
    public void Want(object owner, IReadOnlyList<KernelObject> objects)
    {
        lock (_mailLock)
        {
            _mail[owner] = objects;
        }

        _wake.Writer.TryWrite(true);
    }

    /// <summary>From now on what is ours and wanted by nobody is removed. To be called when all peers of the store's first snapshot have been handed over.</summary>
    public void AllowRemovals()
    {
        lock (_mailLock)
        {
            _mailSweep = true;
        }

        _wake.Writer.TryWrite(true);
    }

    /// <summary>Waits until all that was wanted before this call has been tried.</summary>
    /// <returns>The first failure among the host's own objects; null when all of them are in place.</returns>
    public async Task<Exception?> SettleAsync(CancellationToken cancellationToken)
    {
        var waiter = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_mailLock)
        {
            _mailWaiters.Add(waiter);
        }

        _wake.Writer.TryWrite(true);
        return await waiter.Task.WaitAsync(cancellationToken);
    }

    /// <summary>The loop. Leaves everything in the kernel as it is when cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Task? readable = null;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Pass())
            {
                continue;
            }

            Settled();
            readable ??= _notifications.WaitAsync(cancellationToken).AsTask();
            if (await WaitAsync(readable, cancellationToken))
            {
                await readable;
                readable = null;
            }
        }
    }

    public void Dispose()
    {
        _notifications.Dispose();
        _socket.Dispose();
    }

    /// <summary>One round: hear the kernel, take the mail, list anew if something was lost, apply what differs.</summary>
    /// <returns>Whether another round has something to do at once.</returns>
    private bool Pass()
    {
        Hear();
        TakeMail();
        if (_time.GetTimestamp() >= _nextAudit)
        {
            _mustList = true;
        }

        if (_mustList)
        {
            ListAll();
        }

        var again = ApplyQueue() || _mustList;
        if (_sweep && !again && !_leftoversGone)
        {
            RemoveLeftoverDevices();
        }

        return again;
    }

    /// <summary>Reads the notifications that are queued.</summary>
    private void Hear()
    {
        if (!_notifications.Drain(Observe))
        {
            Log.NotificationsLost(_logger);
            _mustList = true;
        }
    }

    private void TakeMail()
    {
        Dictionary<object, IReadOnlyList<KernelObject>> mail;
        lock (_mailLock)
        {
            (mail, _mail) = (_mail, []);
            _waiters.AddRange(_mailWaiters);
            _mailWaiters = [];
            if (_mailScope is { } scope && !ReferenceEquals(scope, _view.Scope))
            {
                _view.Scope = scope;
                _mustList = true;
            }

            if (_mailSweep && !_sweep)
            {
                _sweep = true;
                _mustList = true;
            }
        }

        foreach (var (owner, objects) in mail)
        {
            foreach (var (wanted, holder) in _table.Want(owner, objects))
            {
                Log.ClaimWaits(_logger, owner, wanted, holder);
            }
        }
    }

    /// <summary>Waits for a notification, mail, or the next retry. True when <paramref name="readable"/> ended.</summary>
    private async Task<bool> WaitAsync(Task readable, CancellationToken cancellationToken)
    {
        using var nap = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var mail = _wake.Reader.WaitToReadAsync(nap.Token).AsTask();
        var delay = Task.Delay(NextDeadline(), _time, nap.Token);
        await Task.WhenAny(readable, mail, delay);
        await nap.CancelAsync();
        _wake.Reader.TryRead(out _);
        return readable.IsCompleted;
    }

    /// <summary>All that can be done now is done: tells those who wait for it.</summary>
    private void Settled()
    {
        if (_waiters.Count == 0)
        {
            return;
        }

        Exception? failure = null;
        foreach (var entry in _table.Entries)
        {
            if (entry is { Trouble.Error: { } error } && entry.Owner?.Key == HostOwner && !entry.Agrees)
            {
                failure ??= error;
            }
        }

        foreach (var waiter in _waiters)
        {
            waiter.TrySetResult(failure);
        }

        _waiters.Clear();
    }

    private long After(TimeSpan delay) => _time.GetTimestamp() + (long)(delay.TotalSeconds * _time.TimestampFrequency);
}
