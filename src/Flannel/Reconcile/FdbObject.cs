using System.Net;
using Flannel.Linux;

namespace Flannel.Reconcile;

/// <summary>A forwarding entry of a vxlan device: frames to <paramref name="Mac"/> go to <paramref name="Remote"/>.</summary>
public sealed record FdbObject(string DeviceName, MacAddress Mac, IPAddress Remote) : KernelObject
{
    /// <summary>False for an entry that the kernel may age out.</summary>
    public bool IsPermanent { get; init; } = true;

    public override ObjectKey Key => new(ObjectKind.Fdb, DeviceName, default, Mac);

    public override string Device => DeviceName;

    public override string RemovalText => $"bridge fdb delete {Mac} dev {DeviceName} dst {Remote} self";

    public override string ToString() => $"bridge fdb replace {Mac} dev {DeviceName} dst {Remote} self {(IsPermanent ? "permanent" : "dynamic")}";
}
