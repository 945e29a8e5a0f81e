using Flannel.Leases;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flannel.UnitTests.Leases;

public sealed class LeaseKeyTests
{
    [Theory]
    [Trait("case", "B1")]
    [Trait("case", "B2")]
    [InlineData("10.12.13.0-24", "10.12.13.0/24", "none")]
    [InlineData("10.12.13.0-24&fd00:12:13::-56", "10.12.13.0/24", "fd00:12:13::/56")]
    [InlineData("0.0.0.0-0", "0.0.0.0/0", "none")]
    [InlineData("255.255.255.254-31", "255.255.255.254/31", "none")]
    [InlineData("fd00:5:34::-64", "none", "fd00:5:34::/64")]
    public void A_key_is_read_and_written_back(string text, string ipv4, string ipv6)
    {
        Assert.True(LeaseKey.TryParse(text, out var key));
        Assert.Equal((ipv4, ipv6), (key.IPv4.ToString(), key.IPv6.ToString()));
        Assert.Equal(text, key.ToString());
    }

    [Theory]
    [Trait("case", "B3")]
    [InlineData("10")]
    [InlineData("10.12.13.0")]
    [InlineData("10.12.13-24")]
    [InlineData("10.12.13.300-24")]
    [InlineData("10.12.13.0-24hi")]
    [InlineData("&2001::-56")]
    [InlineData("10.12.13.0-24&:12:13:-56")]
    [InlineData("10.12.13.0-24&20011::-56")]
    [InlineData("10.12.13.0-24&2001-56")]
    [InlineData("10.12.13.0-24&2001::")]
    [InlineData("10.12.13.0-24&2001::-56hi")]
    public void The_bad_keys_of_the_catalogue_are_rejected(string text) => AssertRejected(text);

    [Theory]
    [InlineData("")]
    [InlineData("255.255.255.255-32")]
    [InlineData("fd00::1-128")]
    [InlineData("10.12.13.1-24")]
    [InlineData("fd00::1-64")]
    [InlineData("010.12.13.0-24")]
    [InlineData("10.12.13.0-+24")]
    [InlineData("10.12.13.0--1")]
    [InlineData("10.12.13.0- 24")]
    [InlineData("10.12.13.0/24")]
    [InlineData("FD00::-64")]
    [InlineData("fd00::%1-64")]
    [InlineData("fd00::-64&10.1.2.0-24")]
    [InlineData("10.1.2.0-24&10.1.3.0-24")]
    [InlineData("10.1.2.0-24&fd00::-64&fd01::-64")]
    [InlineData("10.1.2.0-24&")]
    public void What_leaves_no_network_is_rejected(string text) => AssertRejected(text);

    [Fact]
    [Trait("case", "L2")]
    public void Any_text_is_a_key_that_reads_back_or_none()
    {
        string[] seeds = ["10.5.1.0-24", "10.5.1.0-24&fc00::-64", "255.255.255.255-32", "fc00::-64", "garbage", ""];
        var damaged = from seed in Gen.Elements(seeds)
                      from at in Gen.Choose(0, seed.Length)
                      from with in ArbMap.Default.GeneratorFor<NonNull<string>>()
                      from cut in Gen.Choose(0, seed.Length - at)
                      select seed[..at] + with.Get + seed[(at + cut)..];
        Prop.ForAll(
            damaged.ToArbitrary(),
            text => !LeaseKey.TryParse(text, out var key) || (LeaseKey.TryParse(key.ToString(), out var again) && again == key)).QuickCheckThrowOnFailure();
    }

    private static void AssertRejected(string text)
    {
        Assert.False(LeaseKey.TryParse(text, out var key));
        Assert.True(key.IsEmpty);
    }
}
