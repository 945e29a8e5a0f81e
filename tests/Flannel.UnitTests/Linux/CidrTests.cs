using System.Net;
using System.Net.Sockets;
using Flannel.Linux;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flannel.UnitTests.Linux;

public sealed class CidrTests
{
    [Fact]
    [Trait("case", "C1")]
    public void An_IPv4_address_has_its_number_and_its_text()
    {
        var cidr = Cidr.Host(IPAddress.Parse("1.2.3.4"));

        Assert.Equal((UInt128)0x01020304, cidr.Bits);
        Assert.Equal("1.2.3.4", cidr.Address.ToString());
        Assert.Equal("1.2.3.4/32", cidr.ToString());
        Assert.Equal(AddressFamily.InterNetwork, cidr.Family);
    }

    [Fact]
    [Trait("case", "C2")]
    [Trait("case", "C10")]
    public void The_family_of_a_text_is_its_own()
    {
        Assert.True(Cidr.TryParseAddress("2001:db8::1", out var address));
        Assert.Equal(AddressFamily.InterNetworkV6, address.AddressFamily);
        Assert.True(Cidr.TryParseAddress("fc00::1", out address));
        Assert.Equal("fc00::1", address.ToString());
        Assert.Equal(IPAddress.IPv6Any, Cidr.Parse("::/128").Address);
    }

    [Theory]
    [Trait("case", "C3")]
    [Trait("case", "C4")]
    [Trait("case", "C11")]
    [InlineData("192.168.0.1", true)]
    [InlineData("172.16.0.1", true)]
    [InlineData("172.31.0.1", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("8.8.8.8", false)]
    [InlineData("172.32.0.1", false)]
    [InlineData("172.15.0.1", false)]
    [InlineData("192.167.0.1", false)]
    [InlineData("192.169.0.1", false)]
    [InlineData("fc00::1", true)]
    [InlineData("fcff::1", true)]
    [InlineData("fd00::1", true)]
    [InlineData("fdff::1", true)]
    [InlineData("2001::", false)]
    [InlineData("fe00::", false)]
    public void Private_addresses_are_known(string address, bool isPrivate) => Assert.Equal(isPrivate, Cidr.Host(IPAddress.Parse(address)).IsPrivate);

    [Theory]
    [Trait("case", "C5")]
    [Trait("case", "C6")]
    [Trait("case", "C13")]
    [InlineData("1.2.3.0/24", "1.2.3.0/24", true)]
    [InlineData("1.2.3.0/24", "1.2.0.0/16", true)]
    [InlineData("1.2.3.0/24", "1.2.4.0/24", false)]
    [InlineData("1.2.3.0/24", "7.2.4.0/22", false)]
    [InlineData("0.0.0.0/0", "1.2.3.0/24", true)]
    [InlineData("fc00:1::/64", "fc00:1::/64", true)]
    [InlineData("fc00:1::/64", "fc00::/16", true)]
    [InlineData("fc00:1::/64", "fc00:2::/64", false)]
    [InlineData("fc00:1::/64", "fb00:2::/48", false)]
    [InlineData("::/0", "0.0.0.0/0", false)]
    public void Networks_overlap_when_they_share_an_address(string one, string other, bool overlaps)
    {
        Assert.Equal(overlaps, Cidr.Parse(one).Overlaps(Cidr.Parse(other)));
        Assert.Equal(overlaps, Cidr.Parse(other).Overlaps(Cidr.Parse(one)));
    }

    [Theory]
    [Trait("case", "C7")]
    [Trait("case", "C14")]
    [InlineData("1.2.3.0/24", "1.2.3.0", true)]
    [InlineData("1.2.3.0/24", "1.2.3.4", true)]
    [InlineData("1.2.3.0/24", "1.2.4.0", false)]
    [InlineData("fc00:1::/64", "fc00:1::", true)]
    [InlineData("fc00:1::/64", "fc00:1::1", true)]
    [InlineData("fc00:1::/64", "fc00:2::", false)]
    [InlineData("::/0", "1.2.3.4", false)]
    public void A_network_contains_its_addresses(string network, string address, bool contains) =>
        Assert.Equal(contains, Cidr.Parse(network).Contains(IPAddress.Parse(address)));

    [Theory]
    [Trait("case", "C8")]
    [InlineData("1.2.3.0/24")]
    [InlineData("1.2.3.4/24")]
    [InlineData("2001:db8::/64")]
    [InlineData("0.0.0.0/0")]
    [InlineData("::/0")]
    public void Text_goes_round(string text) => Assert.Equal(text, Cidr.Parse(text).ToString());

    [Theory]
    [Trait("case", "C9")]
    [Trait("case", "C15")]
    [InlineData("1.2.3.0/24", 1, "1.2.3.1/24")]
    [InlineData("fc00:1::/64", 1, "fc00:1::1/64")]
    [InlineData("1.2.255.255/24", 1, "1.3.0.0/24")]
    [InlineData("255.255.255.255/32", 1, "0.0.0.0/32")]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", 2, "::1/128")]
    public void An_offset_counts_addresses(string start, int count, string end) => Assert.Equal(Cidr.Parse(end), Cidr.Parse(start).Offset((UInt128)count));

    // The original takes ::/0 for empty, too, because an absent network has no other sign there.
    [Fact]
    [Trait("case", "C12")]
    public void Only_the_default_value_is_empty()
    {
        Assert.True(default(Cidr).IsEmpty);
        Assert.Equal("none", default(Cidr).ToString());
        Assert.False(default(Cidr).Overlaps(default));
        Assert.All(["::/0", "::/64", "fc00:1::/64", "0.0.0.0/0"], text => Assert.False(Cidr.Parse(text).IsEmpty));
    }

    [Theory]
    [Trait("case", "L3")]
    [Trait("case", "L4")]
    [Trait("case", "L5")]
    [InlineData("")]
    [InlineData("junk")]
    [InlineData("/")]
    [InlineData("/24")]
    [InlineData("10.0.0.1")]
    [InlineData("10.0.0.1/")]
    [InlineData("10.0.0.1/33")]
    [InlineData("10.0.0.1/-1")]
    [InlineData("10.0.0.1/+1")]
    [InlineData("10.0.0.1/ 1")]
    [InlineData("10.0.0.1/24/24")]
    [InlineData("10.1/24")]
    [InlineData("010.0.0.1/24")]
    [InlineData("0x0a.0.0.1/24")]
    [InlineData("10.0.0.256/24")]
    [InlineData("fc00::/129")]
    [InlineData("fe80::1%eth0/64")]
    [InlineData("[fc00::1]/64")]
    [InlineData("fc00:::/64")]
    public void What_is_no_network_is_refused(string text)
    {
        Assert.False(Cidr.TryParse(text, out _));
        Assert.Throws<FormatException>(() => Cidr.Parse(text));
    }

    [Fact]
    [Trait("case", "L3")]
    [Trait("case", "L4")]
    public void Every_address_and_length_goes_round_through_text_and_bytes() => Prop.ForAll(Cidrs().ToArbitrary(), cidr =>
    {
        var bytes = new byte[cidr.Width / 8];
        cidr.CopyTo(bytes);
        return Cidr.Parse(cidr.ToString()) == cidr && Cidr.FromBytes(bytes, cidr.PrefixLength) == cidr && new Cidr(new IPAddress(bytes), cidr.PrefixLength) == cidr;
    }).QuickCheckThrowOnFailure();

    [Fact]
    [Trait("case", "L3")]
    [Trait("case", "L4")]
    public void Any_text_is_parsed_or_refused() => Prop.ForAll<string>(text =>
        !Cidr.TryParse(text, out var cidr) || Cidr.Parse(cidr.ToString()) == cidr).QuickCheckThrowOnFailure();

    [Fact]
    public void A_network_reaches_from_its_first_address_to_its_last() => Prop.ForAll(Cidrs().ToArbitrary(), cidr =>
        cidr.Network.Contains(cidr.AsHost) && cidr.Contains(cidr.Last.AsHost) && cidr.Network.Network == cidr.Network
        && unchecked(cidr.Last.Bits - cidr.Network.Bits + 1) == cidr.Size
        && (cidr.PrefixLength == 0 || !cidr.Contains(cidr.Last.Offset(1).AsHost))).QuickCheckThrowOnFailure();

    [Fact]
    public void A_length_beyond_the_family_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Cidr(IPAddress.Any, 33));
        Assert.Throws<ArgumentOutOfRangeException>(() => Cidr.Parse("::/0").WithLength(129));
        Assert.Throws<FormatException>(() => Cidr.FromBytes([1, 2, 3, 4], 33));
        Assert.Throws<FormatException>(() => Cidr.FromBytes([1, 2, 3], 8));
    }

    internal static Gen<Cidr> Cidrs() =>
        from isIPv6 in Gen.Elements(true, false)
        from bytes in Gen.Choose(0, 255).ArrayOf(isIPv6 ? 16 : 4)
        from length in Gen.Choose(0, isIPv6 ? 128 : 32)
        select new Cidr(new IPAddress([.. bytes.Select(value => (byte)value)]), length);
}
