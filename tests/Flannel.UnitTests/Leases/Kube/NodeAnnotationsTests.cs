using Flannel.Leases.Kube;
using Xunit;

namespace Flannel.UnitTests.Leases.Kube;

[Trait("case", "I1")]
public sealed class NodeAnnotationsTests
{
    [Theory]
    [InlineData("flannel.alpha.coreos.com", "flannel.alpha.coreos.com/backend-type")]
    [InlineData("flannel.alpha.coreos.com/", "flannel.alpha.coreos.com/backend-type")]
    [InlineData("flannel.alpha.coreos.com/prefix", "flannel.alpha.coreos.com/prefix-backend-type")]
    [InlineData("flannel.alpha.coreos.com/prefix-", "flannel.alpha.coreos.com/prefix-backend-type")]
    [InlineData("org.com", "org.com/backend-type")]
    [InlineData("org9.com", "org9.com/backend-type")]
    [InlineData("org.com/9", "org.com/9-backend-type")]
    [InlineData("org.com/a_b-c", "org.com/a_b-c-backend-type")]
    [InlineData("ORG.org.com", "ORG.org.com/backend-type")]
    public void A_prefix_gives_the_names(string prefix, string backendType)
    {
        var names = NodeAnnotations.Under(prefix);

        Assert.Equal(backendType, names.BackendType);
        Assert.Equal(names.Prefix + "kube-subnet-manager", names.Managed);
        Assert.Equal(
            ["backend-data", "backend-v6-data", "public-ip", "public-ipv6", "public-ip-overwrite", "public-ipv6-overwrite", "node-public-ip", "node-public-ipv6"],
            new[]
            {
                names.BackendData, names.BackendV6Data, names.PublicIP, names.PublicIPv6, names.PublicIPOverwrite, names.PublicIPv6Overwrite, names.NodePublicIP,
                names.NodePublicIPv6,
            }.Select(name => name[names.Prefix.Length..]));
    }

    [Theory]
    [InlineData("org")]
    [InlineData("org/")]
    [InlineData("org/prefix")]
    [InlineData("org.COM")]
    [InlineData("org.com/PREFIX")]
    [InlineData("org.com/-")]
    [InlineData("")]
    [InlineData(".com")]
    [InlineData("org.")]
    [InlineData("org..com")]
    public void What_cannot_be_a_prefix_is_refused(string prefix) =>
        Assert.Equal("subnet/kube: prefix must be in a format: fqdn/[0-9a-z-_]*", Assert.Throws<FormatException>(() => NodeAnnotations.Under(prefix)).Message);

    [Fact]
    public void Two_slashes_are_refused() =>
        Assert.Equal("subnet/kube: prefix can contain at most single slash", Assert.Throws<FormatException>(() => NodeAnnotations.Under("org.com/a/b")).Message);
}
