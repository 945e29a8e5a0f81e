using System.Globalization;
using System.Net;
using System.Text;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Reconcile;

/// <summary>A vxlan device (backends.md §3.1), wanted up.</summary>
public sealed record VxlanDevice : KernelObject
{
    public required string Name { get; init; }

    public required int Vni { get; init; }

    /// <summary>Name of the underlay device; empty when the kernel's device has none.</summary>
    public required string Parent { get; init; }

    /// <summary>Source address of the outer packets.</summary>
    public required IPAddress? Local { get; init; }

    /// <summary>UDP port; 0 is the kernel's default, 8472.</summary>
    public int Port { get; init; }

    public bool Gbp { get; init; }

    public bool Learning { get; init; }

    /// <summary>Bytes.</summary>
    public required int Mtu { get; init; }

    public required MacAddress Mac { get; init; }

    public bool IsUp { get; init; } = true;

    /// <summary>Transmit checksum offload to set whenever the device is made; null leaves the kernel's choice. Not part of what is compared: netlink does not show it.</summary>
    public bool? TxChecksum { get; init; }

    public override ObjectKey Key => KeyOf(Name);

    public override string Device => Name;

    public override string RemovalText => $"ip link delete {Name}";

    public static ObjectKey KeyOf(string name) => new(ObjectKind.Device, name, default, default);

    /// <summary>Whether flannel made the link: its name alone says little; a vxlan device whose VNI is the one in its name is flannel's.</summary>
    public static bool IsFlannels(Link link) => link.Vxlan is { } vxlan &&
        (link.Name == string.Create(CultureInfo.InvariantCulture, $"flannel.{vxlan.Vni}") ||
            link.Name == string.Create(CultureInfo.InvariantCulture, $"flannel-v6.{vxlan.Vni}"));

    /// <summary>The device as the kernel shows it, or null if the link is no vxlan device.</summary>
    public static VxlanDevice? From(Link link, string parent) => link.Vxlan is not { } vxlan ? null : new VxlanDevice
    {
        Name = link.Name,
        Vni = vxlan.Vni,
        Parent = parent,
        Local = vxlan.Local,
        Port = vxlan.Port,
        Gbp = vxlan.Gbp,
        Learning = vxlan.Learning,
        Mtu = link.Mtu,
        Mac = link.Mac ?? default,
        IsUp = link.IsUp,
    };

    /// <summary>The first attribute that can not be changed on a living device and differs from this one; null when <paramref name="present"/> can be kept.</summary>
    public string? FirstObstacle(VxlanDevice present) =>
        Vni != present.Vni ? $"VNI is {present.Vni}"
        : present.Parent.Length > 0 && Parent != present.Parent ? $"underlay device is {present.Parent}"
        : present.Local is not null && !Equals(Local, present.Local) ? $"local address is {present.Local}"
        : Port != 0 && present.Port != 0 && Port != present.Port ? $"port is {present.Port}"
        : Gbp != present.Gbp ? $"gbp is {(present.Gbp ? "on" : "off")}"
        : null;

    /// <summary>Whether the kernel's device needs no change to serve as this one.</summary>
    public override bool IsMetBy(KernelObject present) => present is VxlanDevice device &&
        FirstObstacle(device) is null && Mtu == device.Mtu && Mac == device.Mac && Learning == device.Learning && device.IsUp;

    public override string ToString()
    {
        var text = new StringBuilder($"ip link add {Name} mtu {Mtu} address {Mac} type vxlan id {Vni}");
        text.Append(Local is null ? "" : $" local {Local}").Append(Parent.Length == 0 ? "" : $" dev {Parent}");
        text.Append(Port == 0 ? "" : $" dstport {Port}").Append(Learning ? " learning" : " nolearning").Append(Gbp ? " gbp" : "");
        return text.ToString();
    }
}
