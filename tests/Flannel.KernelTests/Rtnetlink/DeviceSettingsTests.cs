using Flannel.Linux;
using Xunit;

namespace Flannel.KernelTests.Rtnetlink;

public sealed class DeviceSettingsTests
{
    [Fact]
    public void Transmit_checksum_offload_is_switched_on_a_vxlan_device()
    {
        using var host = new KernelHost();
        host.AddVxlan();

        Assert.True(host.Run(() => Ethtool.GetTxChecksum("flannel.1")));
        Assert.False(host.Run(() => { Ethtool.SetTxChecksum("flannel.1", false); return Ethtool.GetTxChecksum("flannel.1"); }));
        Assert.True(host.Run(() => { Ethtool.SetTxChecksum("flannel.1", true); return Ethtool.GetTxChecksum("flannel.1"); }));
    }

    [Fact]
    public void Ethtool_of_a_device_that_is_not_there_says_so()
    {
        using var host = new KernelHost();

        Assert.Null(host.Run(() => Ethtool.GetTxChecksum("none")));
        Assert.Null(host.Run(() => Ethtool.GetTxChecksum("a-name-that-is-too-long")));
        var refusal = Assert.Throws<LinuxException>(() => host.Run(() => { Ethtool.SetTxChecksum("none", false); return 0; }));
        Assert.Equal((Errnos.ENODEV, "ethtool -K none tx off"), (refusal.Errno, refusal.Operation));
    }

    [Fact]
    public async Task A_setting_is_read_and_written_in_the_namespace()
    {
        using var host = new KernelHost();
        host.AddVxlan();
        const string name = "net/ipv4/conf/flannel.1/forwarding";

        Assert.Equal("0", host.Run(() => Sysctl.Get(name)));
        Assert.True(host.Run(() => Sysctl.TrySet(name, "1")));

        Assert.Equal("1", (await host.RunAsync($"cat /proc/sys/{name}")).Trim());
        Assert.Null(Sysctl.Get(name));
    }

    [Fact]
    public void A_setting_that_cannot_be_made_is_told()
    {
        using var host = new KernelHost();

        Assert.False(host.Run(() => Sysctl.TrySet("net/ipv4/no_such_setting", "1")));
        Assert.False(host.Run(() => Sysctl.TrySet("net/ipv4/ip_default_ttl", "100000")));
        Assert.True(host.Run(() => Sysctl.TrySet("net/ipv4/ip_default_ttl", Sysctl.Get("net/ipv4/ip_default_ttl")!)));
    }
}
