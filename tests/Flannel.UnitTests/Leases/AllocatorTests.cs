using System.Diagnostics;
using Flannel.Config;
using Flannel.Leases;
using Flannel.Linux;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flannel.UnitTests.Leases;

public sealed class AllocatorTests
{
    private static readonly Random Dice = new(1);

    [Fact]
    public void Each_subnet_is_free_in_range_and_on_a_boundary_until_none_is_left()
    {
        var networks = from length in Gen.Choose(8, 26)
                       from extra in Gen.Choose(2, 6)
                       from foreign in Gen.ListOf(ForeignLease())
                       select (Config: NetworkConfig.Parse($$"""{"Network":"10.0.0.0/{{length}}","SubnetLen":{{Math.Min(30, length + extra)}}}"""), Foreign: foreign);
        Prop.ForAll(networks.ToArbitrary(), sample => FillsTheRange(sample.Config, [.. sample.Foreign])).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Only_the_first_hundred_free_subnets_are_drawn_and_each_of_them()
    {
        var config = NetworkConfig.Parse("""{"Network":"10.0.0.0/8"}""");
        var drawn = Enumerable.Range(0, 5000).Select(_ => Allocator.Allocate(config, [Key("10.0.2.0-24")], default, Dice)!.Value.ToString()).ToHashSet();
        Assert.Equal(100, drawn.Count);
        Assert.DoesNotContain("10.0.2.0-24", drawn);
        Assert.Contains("10.0.1.0-24", drawn);
        Assert.Contains("10.0.101.0-24", drawn);
    }

    [Fact]
    public void The_families_are_drawn_independently()
    {
        var config = NetworkConfig.Parse("""{"Network":"10.5.0.0/16","EnableIPv6":true,"IPv6Network":"fd00::/48","Backend":{"Type":"vxlan"}}""");
        var pairs = Enumerable.Range(0, 50).Select(_ => Allocator.Allocate(config, [], default, Dice)!.Value)
            .Select(key => (int)(key.IPv4.Bits >> 8 & 0xff) == (int)(key.IPv6.Bits >> 64 & 0xffff));
        Assert.Contains(false, pairs);
    }

    [Fact]
    public void The_previous_subnet_is_taken_when_it_is_legal_and_free_each_family_for_itself()
    {
        var config = NetworkConfig.Parse("""{"Network":"10.3.0.0/16","EnableIPv6":true,"IPv6Network":"fd00::/48","Backend":{"Type":"vxlan"}}""");
        Assert.Equal(Key("10.3.6.0-24&fd00:0:0:6::-64"), Allocator.Allocate(config, [], Key("10.3.6.0-24&fd00:0:0:6::-64"), Dice));
        Assert.Equal("10.3.6.0/24", Allocator.Allocate(config, [Key("10.3.7.0-24&fd00:0:0:6::-64")], Key("10.3.6.0-24&fd00:0:0:6::-64"), Dice)!.Value.IPv4.ToString());
        Assert.NotEqual("10.4.1.0/24", Allocator.Allocate(config, [], Key("10.4.1.0-24"), Dice)!.Value.IPv4.ToString());
        Assert.NotEqual("10.3.6.0/24", Allocator.Allocate(config, [Key("10.3.0.0-20")], Key("10.3.6.0-24"), Dice)!.Value.IPv4.ToString());
    }

    [Theory]
    [InlineData("10.3.1.0-24", true)]
    [InlineData("10.3.25.0-24", true)]
    [InlineData("10.3.0.0-24", false)]
    [InlineData("10.3.26.0-24", false)]
    [InlineData("10.3.2.0-25", false)]
    [InlineData("10.3.2.0-23", false)]
    [InlineData("fd00::-64", false)]
    [InlineData("10.3.2.0-24&fd00::-64", false)]
    public void A_lease_fits_by_length_range_and_family(string key, bool fits) =>
        Assert.Equal(fits, Allocator.Fits(NetworkConfig.Parse("""{"Network":"10.3.0.0/16","SubnetMin":"10.3.1.0","SubnetMax":"10.3.25.0"}"""), Key(key)));

    [Fact]
    public void The_last_subnet_of_the_address_space_is_found()
    {
        var config = NetworkConfig.Parse("""{"EnableIPv4":false,"EnableIPv6":true,"IPv6Network":"ffff:ffff:ffff::/48","Backend":{"Type":"vxlan"}}""");
        var all = Enumerable.Range(1, 0xfffe).Select(i => new LeaseKey(default, Cidr.Parse($"ffff:ffff:ffff:{i:x}::/64"))).ToList();
        Assert.Equal(Key("ffff:ffff:ffff:ffff::-64"), Allocator.Allocate(config, all, default, Dice));
        Assert.Null(Allocator.Allocate(config, [.. all, Key("ffff:ffff:ffff:ffff::-64")], default, Dice));
    }

    [Theory]
    [InlineData("""{"Network":"10.0.0.0/8"}""")]
    [InlineData("""{"EnableIPv4":false,"EnableIPv6":true,"IPv6Network":"fd00::/48","IPv6SubnetLen":64}""")]
    public void A_range_of_sixty_thousand_leases_is_searched_in_one_pass(string json)
    {
        var config = NetworkConfig.Parse(json);
        var range = config.IPv4 ?? config.IPv6!;
        var leases = Enumerable.Range(0, 65_000).Select(i => range.Min.Offset((UInt128)i << (range.Min.Width - range.SubnetLength)))
            .Select(subnet => subnet.IsIPv6 ? new LeaseKey(default, subnet) : new LeaseKey(subnet, default)).ToList();
        var clock = Stopwatch.StartNew();
        Assert.NotNull(Allocator.Allocate(config, leases, default, Dice));

        // Quadratic work would be 6.5 million overlap tests, well over the limit.
        Assert.InRange(clock.ElapsedMilliseconds, 0, 2000);
    }

    private static bool FillsTheRange(NetworkConfig config, List<LeaseKey> leases)
    {
        var range = config.IPv4!;
        for (var taken = 0; taken < 80; taken++)
        {
            if (Allocator.Allocate(config, leases, default, Dice) is not { } key)
            {
                return NoneIsFree(range, leases);
            }

            if (!Allocator.Fits(config, key) || leases.Exists(key.Overlaps))
            {
                return false;
            }

            leases.Add(key);
        }

        return true;
    }

    private static bool NoneIsFree(SubnetRange range, List<LeaseKey> leases)
    {
        for (var subnet = range.Min; subnet <= range.Max; subnet = subnet.Offset(subnet.Size))
        {
            if (!leases.Exists(lease => lease.IPv4.Overlaps(subnet)))
            {
                return false;
            }
        }

        return true;
    }

    private static Gen<LeaseKey> ForeignLease() =>
        from length in Gen.Choose(9, 31)
        from low in Gen.Choose(0, (1 << 24) - 1)
        select new LeaseKey(Cidr.Parse($"10.0.0.0/{length}").Offset((UInt128)low).Network, default);

    private static LeaseKey Key(string text) => LeaseKey.TryParse(text, out var key) ? key : throw new FormatException(text);
}
