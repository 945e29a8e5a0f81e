using System.Net;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Reconcile;

/// <summary>A route of the main table at the kernel's default metric.</summary>
public sealed record RouteObject(Cidr Destination, IPAddress? Gateway, string DeviceName) : KernelObject
{
    /// <summary>The gateway is on the link whatever the device's addresses say.</summary>
    public bool OnLink { get; init; }

    /// <summary>Packets are dropped; neither gateway nor device. It stands back for any other route to the same destination.</summary>
    public bool IsBlackhole { get; init; }

    /// <summary>Who installed it, see <see cref="RouteProtocol"/>; ours unless it was found in the kernel.</summary>
    public byte Protocol { get; init; } = RouteProtocol.Flannel;

    public override ObjectKey Key => KeyOf(Destination);

    public override string Device => DeviceName;

    public override string RemovalText => $"ip route delete {Target}";

    public override bool IsMetBy(KernelObject present) => IsBlackhole || Equals(present);

    public static ObjectKey KeyOf(Cidr destination) => new(ObjectKind.Route, "", destination, default);

    public override string ToString() => $"ip route {(IsBlackhole ? "add" : "replace")} {Target} proto {Protocol}{(OnLink ? " onlink" : "")}";

    private string Target => IsBlackhole
        ? $"blackhole {Destination}"
        : $"{Destination}{(Gateway is null ? "" : $" via {Gateway}")}{(DeviceName.Length == 0 ? "" : $" dev {DeviceName}")}";
}
