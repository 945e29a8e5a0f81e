using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Reconcile;

public sealed partial class Reconciler
{
    private bool _leftoversGone;

    /// <summary>
    /// Removes, once and after the routes led elsewhere, the devices that an earlier run of this network made with another backend or number:
    /// flannel's by name and kind, not of this plan, with an address inside our network. A device of another network's daemon has none there.
    /// </summary>
    private void RemoveLeftoverDevices()
    {
        _leftoversGone = true;
        var report = new PassReport(_logger);
        foreach (var link in _socket.ListLinks())
        {
            if (!VxlanDevice.IsFlannels(link) || _view.Scope.IsOwnDevice(link.Name) || !IsInsideNetwork(link))
            {
                continue;
            }

            try
            {
                _socket.Execute(new RtnetlinkRequest(RequestVerb.Delete, link));
                report.Changed($"ip link delete {link.Name}");
            }
            catch (NetlinkException e) when (e.Errno == Errnos.ENODEV)
            {
                // Gone since it was listed.
            }
            catch (NetlinkException e)
            {
                report.Failed(e);
            }
        }

        report.Write();
    }

    private bool IsInsideNetwork(Link link)
    {
        try
        {
            return _socket.ListAddresses(link.Index)
                .Any(address => address.Scope != AddressScope.Link && _view.Scope.NetworkOf(address.Address.AsHost) is not null);
        }
        catch (NetlinkException e) when (e.Errno is Errnos.ENODEV or Errnos.EINVAL)
        {
            return false; // gone since it was listed
        }
    }
}
