using System.Diagnostics;
using System.Net;
using Flannel.Config;
using Flannel.Leases;
using Flannel.Linux;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Flannel.UnitTests.Leases;

public sealed class LeaseTableProperties
{
    private static readonly NetworkConfig Config = NetworkConfig.Parse("""{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan"}}""");
    private static readonly Lease Own = Lease(Cidr.Parse("10.5.1.0/24"), 1);

    [Fact]
    public void Whatever_happens_accepted_peers_never_collide_and_every_rejected_one_does()
    {
        var histories = Gen.ListOf(Change());
        Prop.ForAll(histories.ToArbitrary(), changes => Holds([.. changes])).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void One_change_among_five_thousand_peers_costs_what_it_costs_among_fifty()
    {
        // Warm up, then the best of several runs each: a shared machine disturbs single ones.
        MeasureChange(50);
        var (few, many) = (MeasureChange(50), MeasureChange(5000));
        Assert.True(many < few * 20 + 20_000, $"{few} ns among 50 peers, {many} ns among 5,000");
    }

    private static double MeasureChange(int peers)
    {
        const int Rounds = 200;
        var config = NetworkConfig.Parse("""{"Network":"10.0.0.0/8","Backend":{"Type":"vxlan"}}""");
        var table = new LeaseTable(Own, config, "vxlan", _ => null, NullLogger.Instance);
        table.Apply(new LeaseChange.Snapshot([.. Enumerable.Range(0, peers).Select(i => Lease(Cidr.Parse("10.64.0.0/24").Offset((UInt128)i << 8), 1000 + i))]));
        var newcomer = Lease(Cidr.Parse("10.63.1.0/24"), 7);
        return Enumerable.Range(0, 10).Min(_ =>
        {
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < Rounds; i++)
            {
                table.Apply(new LeaseChange.Put(newcomer));
                table.Apply(new LeaseChange.Removed(newcomer.Key));
            }

            return clock.Elapsed.TotalNanoseconds / Rounds;
        });
    }

    private static bool Holds(List<LeaseChange> changes)
    {
        var table = new LeaseTable(Own, Config, "vxlan", _ => null, NullLogger.Instance);
        var stored = new Dictionary<LeaseKey, Lease>();
        var peers = new Dictionary<LeaseKey, Lease>();
        foreach (var change in changes)
        {
            Record(stored, change);
            foreach (var (key, lease) in table.Apply(change))
            {
                if (lease is null ? !peers.Remove(key) : peers.TryGetValue(key, out var before) && before.Attributes == lease.Attributes)
                {
                    return false;
                }

                if (lease is not null)
                {
                    peers[key] = lease;
                }
            }

            if (!IsRight(table, stored, peers))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsRight(LeaseTable table, Dictionary<LeaseKey, Lease> stored, Dictionary<LeaseKey, Lease> peers)
    {
        var rejected = table.ListRejected().Select(rejection => rejection.Lease).ToList();
        var accepted = peers.Values.ToList();
        return peers.Count == table.PeerCount && rejected.Count == table.RejectedCount &&
            accepted.Count + rejected.Count == stored.Keys.Count(key => key != Own.Key) &&
            accepted.TrueForAll(peer => stored[peer.Key].Attributes == peer.Attributes && !accepted.Exists(other => other != peer && Collide(peer, other))) &&
            rejected.TrueForAll(lease => Collide(lease, Own) || accepted.Exists(peer => Collide(lease, peer)));
    }

    private static bool Collide(Lease one, Lease other) =>
        one.Key.Overlaps(other.Key) || one.Attributes.PublicIP!.Equals(other.Attributes.PublicIP);

    private static void Record(Dictionary<LeaseKey, Lease> stored, LeaseChange change)
    {
        switch (change)
        {
            case LeaseChange.Snapshot snapshot:
                stored.Clear();
                foreach (var lease in snapshot.Leases)
                {
                    stored[lease.Key] = lease;
                }

                break;
            case LeaseChange.Put put:
                stored[put.Lease.Key] = put.Lease;
                break;
            case LeaseChange.Removed removed:
                stored.Remove(removed.Key);
                break;
        }
    }

    /// <summary>Few subnets of several lengths and few hosts, so that collisions are the rule.</summary>
    private static Gen<Lease> AnyLease() =>
        from length in Gen.Choose(21, 25)
        from third in Gen.Choose(0, 15)
        from host in Gen.Choose(1, 9)
        select Lease(Cidr.Parse($"10.5.{third}.0/{length}").Network, host);

    private static Gen<LeaseChange> Change() => Gen.Frequency(
        (6, AnyLease().Select(LeaseChange (lease) => new LeaseChange.Put(lease))),
        (3, AnyLease().Select(LeaseChange (lease) => new LeaseChange.Removed(lease.Key))),
        (1, Gen.ListOf(AnyLease()).Select(LeaseChange (leases) => new LeaseChange.Snapshot([.. leases.DistinctBy(lease => lease.Key)]))));

    private static Lease Lease(Cidr subnet, int host) =>
        new(new LeaseKey(subnet, default), new LeaseAttributes { PublicIP = IPAddress.Parse($"192.0.{2 + host / 250}.{1 + host % 250}"), BackendType = "vxlan" });
}
