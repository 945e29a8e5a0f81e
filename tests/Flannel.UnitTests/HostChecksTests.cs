using Flannel.Linux;
using Xunit;

namespace Flannel.UnitTests;

/// <summary>What this host lacks is named together with its remedy.</summary>
public sealed class HostChecksTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("flannel-bridge-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(true, false, "bridge-nf-call-iptables")]
    [InlineData(false, true, "bridge-nf-call-ip6tables")]
    [InlineData(true, true, "bridge-nf-call-ip6tables")]
    public void A_switch_of_br_netfilter_that_is_missing_is_named_with_the_module(bool ipv4, bool ipv6, string missing)
    {
        foreach (var present in new[] { "bridge-nf-call-iptables", "bridge-nf-call-ip6tables" }.Where(name => name != missing))
        {
            File.WriteAllText(Path.Combine(_directory, present), "0\n");
        }

        var fault = Assert.Throws<HostException>(() => BridgeNetfilter.Check(ipv4, ipv6, _directory));

        Assert.StartsWith("Failed to check br_netfilter: ", fault.Message, StringComparison.Ordinal);
        Assert.Contains($"/{missing} ", fault.Message, StringComparison.Ordinal);
        Assert.Contains("modprobe br_netfilter", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_family_that_is_off_needs_no_switch()
    {
        File.WriteAllText(Path.Combine(_directory, "bridge-nf-call-iptables"), "0\n");

        BridgeNetfilter.Check(ipv4: true, ipv6: false, _directory);
    }

    [Theory]
    [InlineData("vxlan", Errnos.EOPNOTSUPP, "modprobe vxlan")]
    [InlineData("wireguard", Errnos.ENODEV, "linux-modules-extra")]
    [InlineData("vxlan", Errnos.EAFNOSUPPORT, "ipv6.disable=1")]
    [InlineData("vxlan", Errnos.EPERM, "CAP_NET_ADMIN")]
    public void A_refusal_to_make_a_device_is_told_with_cause_and_remedy(string kind, int errno, string remedy)
    {
        var sentence = KernelModules.Explain(kind, errno);

        Assert.Contains(kind, sentence, StringComparison.Ordinal);
        Assert.Contains(remedy, sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_errors_are_not_blamed_on_a_module() => Assert.Null(KernelModules.Explain("vxlan", Errnos.EEXIST));

    [Theory]
    [InlineData("000001ffffffffff", true)]
    [InlineData("0000000000001000", true)]
    [InlineData("000001ffffffefff", false)]
    [InlineData("0000000000000000", false)]
    public void A_process_that_may_not_change_the_network_is_told_which_capability_it_lacks(string effective, bool isFit)
    {
        string[] status = ["Name:\tflanneld", "CapPrm:\t0000000000000000", $"CapEff:\t{effective}", "CapBnd:\t000001ffffffffff"];

        var fault = Record.Exception(() => Capabilities.RequireNetAdmin(status));

        if (isFit)
        {
            Assert.Null(fault);
        }
        else
        {
            Assert.Contains("CAP_NET_ADMIN", Assert.IsType<HostException>(fault).Message, StringComparison.Ordinal);
        }
    }
}
