using Flannel.Cni;
using Xunit;

namespace Flannel.UnitTests.Cni;

public sealed class CniVersionTests
{
    [Theory]
    [InlineData("1")]
    [InlineData("1.0")]
    [InlineData("1.0.0.0")]
    [InlineData("1.0.x")]
    [InlineData("1.0.-1")]
    [InlineData("01.0.0")]
    [InlineData(" 1.0.0")]
    [InlineData("")]
    [InlineData(null)]
    public void What_is_not_three_plain_numbers_is_no_version(string? text) => Assert.False(CniVersion.TryParse(text, out _));

    [Fact]
    public void All_versions_of_the_specification_are_known_in_ascending_order()
    {
        Assert.Equal(["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"], CniVersion.Supported.Select(version => version.ToString()));
        Assert.Equal(CniVersion.Supported, CniVersion.Supported.Order());
        Assert.Equal(CniVersion.Supported, CniVersion.Supported.Select(version => CniVersion.Parse(version.ToString())));
    }
}
