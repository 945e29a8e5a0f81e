using Flannel.Linux;

namespace Flannel.Reconcile;

/// <summary>An address on one of our devices.</summary>
public sealed record AddressObject(string DeviceName, Cidr Address) : KernelObject
{
    public override ObjectKey Key => new(ObjectKind.Address, DeviceName, Address, default);

    public override string Device => DeviceName;

    public override string RemovalText => $"ip address delete {Address} dev {DeviceName}";

    public override string ToString() => $"ip address replace {Address} dev {DeviceName}";
}
