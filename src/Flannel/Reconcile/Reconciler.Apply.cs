using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Reconcile;

public sealed partial class Reconciler
{
    /// <summary>Requests that go out before notifications are read again; bounds what the notification socket has to hold.</summary>
    private const int BatchSize = 1024;

    private readonly NetlinkException?[] _results = new NetlinkException?[BatchSize];
    private readonly List<RtnetlinkRequest> _requests = new(BatchSize);

    /// <summary>Applies what differs: devices first, then additions in the order of <see cref="ObjectKind"/>, then removals the other way.</summary>
    /// <returns>Whether more is to be done at once.</returns>
    private bool ApplyQueue()
    {
        RequeueTroubled();
        if (_table.QueueLength == 0)
        {
            return false;
        }

        var additions = new List<Step>();
        var removals = new List<Step>();
        var report = new PassReport(_logger);
        var again = false;
        foreach (var entry in _table.TakeQueue())
        {
            if (entry.Trouble is { } trouble && trouble.RetryAt > _time.GetTimestamp())
            {
                _troubled.Add(entry);
            }
            else if (entry is { Wanted: VxlanDevice wanted })
            {
                again |= !entry.Agrees && ApplyDevice(entry, wanted, report);
            }
            else
            {
                Plan(entry, additions, removals);
            }
        }

        additions.Sort(static (a, b) => a.Subject.Key.Kind.CompareTo(b.Subject.Key.Kind));
        removals.Sort(static (a, b) => b.Subject.Key.Kind.CompareTo(a.Subject.Key.Kind));
        Execute(additions, report);
        Execute(removals, report);
        report.Write();
        return again || _table.QueueLength > 0;
    }

    /// <summary>The steps from what is present to what is wanted under one key.</summary>
    private void Plan(Entry entry, List<Step> additions, List<Step> removals)
    {
        if (entry.Agrees)
        {
            return;
        }

        if (entry is { Wanted: RouteObject { IsBlackhole: true }, Others: { } beside })
        {
            // It came first, so the kernel puts the route of the bridge behind it, where no packet gets to.
            foreach (var blackhole in beside.Append(entry.Present!).OfType<RouteObject>().Where(route => route.IsBlackhole))
            {
                AddRemoval(entry, blackhole, removals);
            }

            return;
        }

        if (entry.Wanted is { } wanted)
        {
            if (entry.Present is null || !wanted.IsMetBy(entry.Present))
            {
                if (IndexOf(wanted.Device) is not { } index || !MayRepair(entry))
                {
                    return; // all is listed and tried again when the device is back
                }

                var verb = wanted is RouteObject { IsBlackhole: true } ? RequestVerb.Add : RequestVerb.Replace;
                additions.Add(new Step(entry, wanted, false, new RtnetlinkRequest(verb, Record(wanted, index))) { IsRepair = entry.WasSettled });
            }
        }
        else if (entry.Present is { } present)
        {
            AddRemoval(entry, present, removals);
        }

        foreach (var other in entry.Others ?? [])
        {
            AddRemoval(entry, other, removals);
        }
    }

    private void AddRemoval(Entry entry, KernelObject present, List<Step> removals)
    {
        // A second route or destination beside a wanted one would take its packets, whoever made it.
        var mayGo = entry.Wanted is not null || _view.IsOurs(present) && (_sweep || present is AddressObject);
        if (mayGo && IndexOf(present.Device) is { } index)
        {
            removals.Add(new Step(entry, present, true, new RtnetlinkRequest(RequestVerb.Delete, Record(present, index))));
        }
    }

    private static object Record(KernelObject subject, int index) => subject switch
    {
        AddressObject address => KernelView.ToKernel(address, index),
        FdbObject fdb => new FdbEntry(index, fdb.Mac, fdb.Remote),
        NeighbourObject neighbour => new Neighbour(index, neighbour.Address, neighbour.Mac),
        RouteObject route => KernelView.ToKernel(route, index),
        _ => throw new InvalidOperationException($"no request for {subject}"),
    };

    /// <summary>The index of a device that is up; 0 for an object that needs none; null when there is none to put it on.</summary>
    private int? IndexOf(string device) => device.Length == 0 ? 0 : _view.Find(device) is { IsUp: true } link ? link.Index : null;

    private void Execute(List<Step> steps, PassReport report)
    {
        for (var start = 0; start < steps.Count; start += BatchSize)
        {
            var count = Math.Min(BatchSize, steps.Count - start);
            _requests.Clear();
            for (var i = 0; i < count; i++)
            {
                _requests.Add(steps[start + i].Request);
            }

            Array.Clear(_results);
            _socket.Execute(_requests, _results);
            Hear();
            for (var i = 0; i < count; i++)
            {
                Judge(steps[start + i], _results[i], report);
            }
        }
    }

    /// <summary>Compares the kernel's answer with what its notifications said.</summary>
    private void Judge(Step step, NetlinkException? error, PassReport report)
    {
        var entry = step.Entry;
        if (error is null)
        {
            report.Changed(step);
            if (step.IsRepair)
            {
                CountRepair(entry, report);
            }

            if (step is { IsRemoval: false, Subject: FdbObject } && entry.Others is [var only] && only.Equals(step.Subject))
            {
                // An fdb entry that takes the place of another is announced like one that is added.
                entry.Add(step.Subject, replaces: true);
            }

            if (entry.Agrees)
            {
                entry.WasSettled = entry.IsInPlace;
                entry.Trouble = entry.Trouble is { Repairs: > 0 } trouble ? new Trouble { Repairs = trouble.Repairs, LastRepair = trouble.LastRepair } : null;
            }
            else if (!entry.IsQueued)
            {
                Postpone(entry, UnconfirmedDelay); // IPv6 addresses are announced a little later
            }
        }
        else if (step.IsRemoval && error.Errno is Errnos.ESRCH or Errnos.ENOENT or Errnos.EADDRNOTAVAIL or Errnos.ENODEV)
        {
            _mustList = true; // somebody was faster
        }
        else if (step.Subject.Device.Length > 0 && error.Errno is Errnos.ENODEV or Errnos.ENETDOWN)
        {
            // The device went away or down a moment ago: a new listing says so, its return brings another.
            _mustList = true;
        }
        else if (entry.Wanted is RouteObject { IsBlackhole: true } && error.Errno == Errnos.EEXIST)
        {
            Postpone(entry, LongestPause); // the bridge's own route serves the subnet
        }
        else
        {
            Fail(entry, error, report);
        }
    }
}
