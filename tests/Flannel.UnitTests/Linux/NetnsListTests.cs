using Flannel.Linux;
using Xunit;

namespace Flannel.UnitTests.Linux;

public sealed class NetnsListTests
{
    [Fact]
    public void A_mount_of_a_namespace_is_found_at_its_place() =>
        Assert.Equal(("net:[4026532281]", "/run/net ns/b\\lue"), Netns.ReadMount(@"36 35 0:4 net:[4026532281] /run/net\040ns/b\134lue rw shared:7 - nsfs nsfs rw"));

    [Theory]
    [InlineData("36 35 0:4 mnt:[4026532281] /run/snapd/ns/lxd.mnt rw - nsfs nsfs rw")]
    [InlineData("36 35 0:4 net:[4026532281] /run/blue rw - ext4 /dev/vda rw")]
    [InlineData("22 1 254:0 / / rw,relatime - ext4 /dev/vda rw")]
    [InlineData("")]
    public void Other_mounts_are_passed_over(string line) => Assert.Null(Netns.ReadMount(line));

    [Fact]
    public void The_own_namespace_is_listed_once() => Assert.Single(Netns.ListPaths(), path => new FileInfo(path).LinkTarget == new FileInfo("/proc/self/ns/net").LinkTarget);
}
