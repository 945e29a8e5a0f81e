using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Reconcile;

public sealed partial class Reconciler
{
    /// <summary>Notes one thing that the kernel said. The only way, beside <see cref="ListAll"/>, in which the picture of what is present changes.</summary>
    private void Observe(RtnetlinkEvent change)
    {
        if (change.Target is Link link)
        {
            ObserveLink(link, change.Deleted);
            return;
        }

        if (change.Target is Neighbour { Mac: null } unresolved)
        {
            // A neighbour deleted by hand is first announced as failed, without its MAC.
            Forget(new ObjectKey(ObjectKind.Neighbour, _view.NameOf(unresolved.LinkIndex), Cidr.Host(unresolved.Address), default));
            return;
        }

        if (_view.Translate(change.Target) is not { } found)
        {
            ObserveUnderlay(change);
            return;
        }

        if (change.Deleted)
        {
            if (_table.Find(found.Key) is { } entry)
            {
                _mustList |= entry.Others is not null; // which of several is gone is not always said
                entry.Remove(found);
                _table.Touch(entry);
            }

            // Routes with the address as preferred source go with it, unannounced.
            _mustList |= found is AddressObject { Address.IsIPv6: false };
            return;
        }

        if (change.Replaced && _table.Find(found.Key) is { Others: not null })
        {
            _mustList = true; // which of several was replaced is not said
        }

        Note(found, change.Replaced);
    }

    private void Note(KernelObject found, bool replaces)
    {
        if (_table.Find(found.Key) is not { } entry)
        {
            if (found is not RouteObject && !_view.IsOurs(found))
            {
                return;
            }

            entry = _table.Observe(found.Key);
        }

        entry.Add(found, replaces);
        _table.Touch(entry);
    }

    private void Forget(ObjectKey key)
    {
        if (_table.Find(key) is { Present: { } present } entry)
        {
            entry.Remove(present);
            _table.Touch(entry);
        }
    }

    private void ObserveLink(Link link, bool deleted)
    {
        var before = _view.Find(link.Index);
        if (deleted)
        {
            _view.Remove(link.Index);
        }
        else
        {
            _view.Note(link);
        }

        var own = _view.Scope.IsOwnDevice(link.Name);
        if (own || link.Name == _view.Scope.ExternalDevice || BlackholeStandsBackFor(link.Name))
        {
            // With a device that goes down or away the kernel drops its IPv4 routes without a word.
            var turned = deleted || before is null || before.IsUp != link.IsUp || before.Name != link.Name;
            _mustList |= turned;
            if (turned)
            {
                ForgiveFailures();
            }
        }

        if (own)
        {
            if (!deleted && _view.Translate(link) is { } device)
            {
                Note(device, replaces: true);
            }
            else
            {
                Forget(VxlanDevice.KeyOf(link.Name));
            }
        }
        else if (link.Name == _view.Scope.ExternalDevice && (deleted || before is null || before.IsUp != link.IsUp || before.Mtu != link.Mtu))
        {
            _underlayChanges.Writer.TryWrite(true);
        }
    }

    private bool BlackholeStandsBackFor(string device) =>
        _table.ObjectsOf(HostOwner).Any(wanted => wanted is RouteObject { IsBlackhole: true } && _table.Find(wanted.Key)?.Present?.Device == device);

    /// <summary>Something outside the scope: it matters when hosts may be reached another way than before.</summary>
    private void ObserveUnderlay(RtnetlinkEvent change)
    {
        var matters = change.Target switch
        {
            InterfaceAddress address => _view.NameOf(address.LinkIndex) == _view.Scope.ExternalDevice,
            Route route => _view.Scope.FollowsRoutes || _view.NameOf(route.LinkIndex) == _view.Scope.ExternalDevice,
            _ => false,
        };
        if (matters)
        {
            _mustList |= change is { Deleted: true, Target: InterfaceAddress { Address.IsIPv6: false } };
            ForgiveFailures();
            _underlayChanges.Writer.TryWrite(true);
        }
    }

    /// <summary>Reads everything anew. Notifications that arrived meanwhile are applied on top, in order, so that the last word on each key is the kernel's latest.</summary>
    private void ListAll()
    {
        _mustList = false;
        _nextAudit = After(AuditPeriod);
        _table.ForgetPresent();
        _view.Forget();
        foreach (var link in _socket.ListLinks())
        {
            _view.Note(link);
        }

        foreach (var device in _view.Scope.OwnDevices)
        {
            ListDevice(device);
        }

        foreach (var range in _view.Scope.Networks)
        {
            NoteAll(_socket.ListRoutes(range.Network.Family));
        }

        Hear();
        _table.TouchAll();
    }

    private void ListDevice(string name)
    {
        if (_view.Find(name) is not { } link || _view.Translate(link) is not { } device)
        {
            return;
        }

        Note(device, replaces: true);
        try
        {
            NoteAll(_socket.ListAddresses(link.Index));
            NoteAll(_socket.ListFdb(link.Index));
            NoteAll(_socket.ListNeighbours(link.Index));
        }
        catch (NetlinkException e) when (e.Errno is Errnos.ENODEV or Errnos.EINVAL)
        {
            _mustList = true; // the device went away between the two listings
        }
    }

    private void NoteAll<T>(IReadOnlyList<T> records)
        where T : notnull
    {
        foreach (var record in records)
        {
            if (_view.Translate(record) is { } found)
            {
                Note(found, replaces: false);
            }
        }
    }
}
