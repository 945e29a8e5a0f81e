using Flannel.Linux;

namespace Flannel.Reconcile;

/// <summary>What kinds of object the reconciler keeps, in the order in which they are installed; removals go the other way.</summary>
public enum ObjectKind : byte
{
    Device,
    Address,
    Fdb,
    Neighbour,
    Route,
}

/// <summary>
/// The identity of an object in the kernel, as the kernel itself tells two of a kind apart: a device by name, an address by device and prefix,
/// an fdb entry by device and MAC, a neighbour by device and address, a route by destination.
/// </summary>
public readonly record struct ObjectKey(ObjectKind Kind, string Device, Cidr Address, MacAddress Mac);
