using Flannel.Linux;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flannel.UnitTests.Linux;

public sealed class MacAddressTests
{
    [Fact]
    [Trait("case", "C16")]
    public void A_random_one_is_unicast_and_locally_administered()
    {
        var bytes = new byte[6];
        for (var i = 0; i < 1000; i++)
        {
            MacAddress.Random().CopyTo(bytes);
            Assert.Equal(0x02, bytes[0] & 0x03);
        }

        Assert.NotEqual(MacAddress.Random(), MacAddress.Random());
    }

    [Fact]
    public void Every_one_goes_round_through_text_and_bytes() => Prop.ForAll(Gen.Choose(0, 255).ArrayOf(6).ToArbitrary(), numbers =>
    {
        byte[] bytes = [.. numbers.Select(number => (byte)number)];
        var (mac, copy) = (new MacAddress(bytes), new byte[6]);
        mac.CopyTo(copy);
        return copy.SequenceEqual(bytes) && MacAddress.Parse(mac.ToString()) == mac && mac.ToString() == string.Join(':', bytes.Select(value => $"{value:x2}"));
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("5E-02-00-00-00-01", "5e:02:00:00:00:01")]
    [InlineData("FF:ff:Ff:fF:00:99", "ff:ff:ff:ff:00:99")]
    public void Other_spellings_are_read(string text, string canonical) => Assert.Equal(canonical, MacAddress.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("junk")]
    [InlineData("5e:02:00:00:00")]
    [InlineData("5e:02:00:00:00:01:02")]
    [InlineData("5e:02:00:00:00:0g")]
    [InlineData("5e.02.00.00.00.01")]
    [InlineData(" e:02:00:00:00:01")]
    [InlineData("+e:02:00:00:00:01")]
    public void What_is_no_address_is_refused(string text)
    {
        Assert.False(MacAddress.TryParse(text, out _));
        Assert.Throws<FormatException>(() => MacAddress.Parse(text));
    }

    [Theory]
    [InlineData("00:00:00:00:00:00", false)]
    [InlineData("01:00:5e:00:00:01", false)]
    [InlineData("ff:ff:ff:ff:ff:ff", false)]
    [InlineData("02:00:00:00:00:00", true)]
    public void Only_a_single_hosts_address_is_unicast(string text, bool isUnicast) => Assert.Equal(isUnicast, MacAddress.Parse(text).IsUnicast);
}
