using System.Net;
using Flannel.Bench.Bed;
using Flannel.Bench.Figures;
using Flannel.Linux;
using Flannel.Testing;

namespace Flannel.Bench.Scenarios;

/// <summary>
/// Somebody damages what is ours. The time runs from before the damaging command until other commands find everything as it was; all of them count with it, which is
/// some ten milliseconds.
/// </summary>
internal static class HealScenario
{
    private const int PeerCount = 100;

    /// <summary>One daemon takes this many damages of a kind for accidents, and more for a fight.</summary>
    private const int PerDaemon = 4;

    private const string Device = "flannel.1";
    private const string Iptables = "";
    private const string Nftables = "\"EnableNFTables\":true,";

    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static readonly IReadOnlyList<(string Config, Func<Peer, Damage> Of)> Damages =
    [
        (Iptables, peer => Damage.RouteDeleted(Cidr.Parse(peer.Subnet))),
        (Iptables, peer => Damage.NeighbourDeleted(Device, IPAddress.Parse(peer.Base))),
        (Iptables, peer => Damage.FdbEntryDeleted(Device, MacAddress.Parse(peer.Mac), IPAddress.Parse(peer.PublicIP))),
        (Iptables, _ => new("address deleted", $"ip -4 addr flush dev {Device}", $"ip -4 -br addr show dev {Device}")),
        (Iptables, _ => Damage.LinkDeleted(Device)),
        (Iptables, _ => Damage.LinkDown(Device)),
        (Iptables, _ => Damage.MtuChanged(Device, 1300)),
        (Iptables, _ => new("iptables rule deleted", "iptables -w -t nat -D FLANNEL-POSTRTG 1", "iptables -w -t nat -S")),
        (Nftables, _ => new("nftables rules flushed", "nft flush chain ip flannel-ipv4 postrtg", "nft -s list table ip flannel-ipv4")),
    ];

    public static async IAsyncEnumerable<Figure> MeasureAsync(BenchOptions options)
    {
        foreach (var (config, damage) in Damages)
        {
            await using var site = await Site.CreateAsync("vxlan", Site.Peers(PeerCount), config);
            var durations = new List<TimeSpan>();
            for (var run = 0; run < options.Runs; run++)
            {
                await using var daemon = site.StartDaemon("--ip-masq");
                await daemon.WaitUntilReadyAsync();
                await Eventually.BecomesAsync(() => Installed.CountRoutesAsync(site.Host), count => count == PeerCount, Deadline);
                for (var i = 0; i < PerDaemon; i++)
                {
                    durations.Add(await damage(new Peer(i)).HealsAsync(site.Host, Deadline));
                }
            }

            yield return new Figure($"{damage(new Peer(0))} → healed", Quantity.Time(Median.Of(durations)), Bar.AtMost(Limit), "10 s or never");
        }
    }
}
