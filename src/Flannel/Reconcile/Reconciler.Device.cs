using System.Globalization;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Reconcile;

public sealed partial class Reconciler
{
    /// <summary>Makes or changes one device. Everything on it is listed and installed in the next round.</summary>
    /// <returns>Whether that round should follow at once.</returns>
    private bool ApplyDevice(Entry entry, VxlanDevice wanted, PassReport report)
    {
        if (!MayRepair(entry))
        {
            return false;
        }

        try
        {
            var link = _socket.GetLink(wanted.Name);
            if (link is not null && Obstacle(wanted, link) is { } obstacle)
            {
                Log.DeviceRemade(_logger, wanted.Name, obstacle);
                _socket.Execute(new RtnetlinkRequest(RequestVerb.Delete, link));
                link = null;
            }

            link = link is null ? Make(wanted, report) : Change(wanted, link, report);
            if (entry.WasSettled)
            {
                CountRepair(entry, report);
            }

            _mustList = true;
            return true;
        }
        catch (LinuxException e)
        {
            Fail(entry, e, report);
            return false;
        }
    }

    private string? Obstacle(VxlanDevice wanted, Link link) =>
        VxlanDevice.From(link, link.Vxlan is { ParentIndex: > 0 } vxlan ? _view.NameOf(vxlan.ParentIndex) : "") is { } present
            ? wanted.FirstObstacle(present)
            : $"it is a {link.Kind ?? "hardware"} device";

    private Link Make(VxlanDevice wanted, PassReport report)
    {
        var parent = _socket.GetLink(wanted.Parent) ?? throw new LinuxException(wanted.ToString(), Errnos.ENODEV, $"there is no device {wanted.Parent}");
        try
        {
            _socket.Execute(new RtnetlinkRequest(RequestVerb.Add, ToKernel(wanted, parent.Index)));
        }
        catch (NetlinkException e) when (KernelModules.Explain("vxlan", e.Errno) is { } explanation)
        {
            throw new LinuxException(wanted.ToString(), e.Errno, $"{Errnos.Describe(e.Errno)}: {explanation}");
        }

        report.Changed(wanted.ToString());
        var link = _socket.GetLink(wanted.Name) ?? throw new LinuxException(wanted.ToString(), Errnos.ENODEV);
        return Change(wanted, link, report);
    }

    private static Link ToKernel(VxlanDevice device, int parentIndex) => new()
    {
        Name = device.Name,
        Kind = "vxlan",
        Mtu = device.Mtu,
        Mac = device.Mac,
        Vxlan = new VxlanAttributes
        {
            Vni = device.Vni,
            ParentIndex = parentIndex,
            Local = device.Local,
            Port = device.Port,
            Learning = device.Learning,
            Gbp = device.Gbp,
        },
    };

    private Link Change(VxlanDevice wanted, Link link, PassReport report)
    {
        Prepare(wanted, link.Index);
        var change = new LinkChange
        {
            Index = link.Index,
            Mtu = link.Mtu == wanted.Mtu ? null : wanted.Mtu,
            Mac = link.Mac == wanted.Mac ? null : wanted.Mac,
            Up = link.IsUp ? null : true,
        };
        var learning = new LinkChange { Index = link.Index, VxlanLearning = link.Vxlan?.Learning == wanted.Learning ? null : wanted.Learning };

        // Two requests: the kernel takes a change of a vxlan's own options only alone.
        foreach (var part in new[] { change, learning })
        {
            if (part != new LinkChange { Index = link.Index })
            {
                _socket.Execute(new RtnetlinkRequest(RequestVerb.Set, part));
                report.Changed(Text(wanted.Name, part));
            }
        }

        return link;
    }

    /// <summary>What netlink does not set, once for each device that is made or taken over.</summary>
    private void Prepare(VxlanDevice wanted, int index)
    {
        if (_prepared.GetValueOrDefault(wanted.Name) == index)
        {
            return;
        }

        _prepared[wanted.Name] = index;
        Sysctl.TrySet($"net/ipv6/conf/{wanted.Name}/accept_ra", "0");
        if (wanted.TxChecksum is not { } on)
        {
            return;
        }

        try
        {
            Ethtool.SetTxChecksum(wanted.Name, on);
        }
        catch (LinuxException e)
        {
            Log.TxChecksumRefused(_logger, wanted.Name, on ? "on" : "off", e.Message);
        }
    }

    private static string Text(string name, LinkChange change) => string.Create(
        CultureInfo.InvariantCulture,
        $"ip link set {name}{(change.Mtu is { } mtu ? $" mtu {mtu}" : "")}{(change.Mac is { } mac ? $" address {mac}" : "")}{(change.Up == true ? " up" : "")}{(change.VxlanLearning is { } learning ? learning ? " type vxlan learning" : " type vxlan nolearning" : "")}");
}
