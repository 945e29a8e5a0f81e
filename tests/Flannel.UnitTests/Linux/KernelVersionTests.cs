using Flannel.Linux;
using Xunit;

namespace Flannel.UnitTests.Linux;

public sealed class KernelVersionTests
{
    [Theory]
    [InlineData("6.18.44-rc1", 6, 18, 44)]
    [InlineData("6.1.0-44-amd64", 6, 1, 0)]
    [InlineData("5.10.0", 5, 10, 0)]
    [InlineData("4.18-generic", 4, 18, 0)]
    [InlineData("3.10", 3, 10, 0)]
    public void A_release_has_a_version(string release, int major, int minor, int patch)
    {
        Assert.True(KernelVersion.TryParse(release, out var version));
        Assert.Equal(new KernelVersion(major, minor, patch), version);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("6")]
    [InlineData("six.1")]
    [InlineData("6.")]
    [InlineData("6x.1.2")]
    [InlineData("99999999999.1.2")]
    public void What_is_no_release_is_refused(string? release) => Assert.False(KernelVersion.TryParse(release, out _));

    [Fact]
    public void Versions_are_compared_by_number()
    {
        var version = new KernelVersion(5, 10);

        Assert.True(version.IsAtLeast(5, 9) && version.IsAtLeast(5, 10) && version.IsAtLeast(4, 20));
        Assert.False(version.IsAtLeast(5, 11) || version.IsAtLeast(6, 0));
    }

    [Fact]
    public void The_running_kernel_has_one() => Assert.True(KernelVersion.Current.IsAtLeast(3, 0));
}
