using Flannel.Testing;
using Xunit;

namespace Flannel.EndToEndTests.Image;

/// <summary>The container image, run by a real dockerd with exactly the rights, mounts and network that the manifest gives each container.</summary>
public sealed class ImageTests(ImageFixture image) : IClassFixture<ImageFixture>
{
    [Fact]
    public async Task The_init_containers_install_the_plugin_and_its_configuration()
    {
        var node = image.Host;
        var plugin = Path.Combine(node.BinFolder, "flannel");
        await File.WriteAllTextAsync(Path.Combine(node.BinFolder, "bridge"), "another plugin", TestContext.Current.CancellationToken);

        string[] ours = ["host-local", "loopback", "portmap", "flannel"];
        Assert.Equal(
            "/opt/cni/bin/bridge is there already and stays\n" + string.Concat(ours.Select(name => $"installed /opt/cni/bin/{name}\n")),
            await node.RunToEndAsync("install-cni-plugin"));
        Assert.Equal("installed /etc/cni/net.d/10-flannel.conflist\n", await node.RunToEndAsync("install-cni"));
        Assert.Equal(
            "/opt/cni/bin/bridge is there already and stays\n" + string.Concat(ours.Select(name => $"/opt/cni/bin/{name} is up to date\n")),
            await node.RunToEndAsync("install-cni-plugin"));

        Assert.Equal(await File.ReadAllBytesAsync(Checkout.File("out", "flanneld"), TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(plugin, TestContext.Current.CancellationToken));
        Assert.True(File.GetUnixFileMode(plugin).HasFlag(UnixFileMode.OtherExecute));
        Assert.Equal(["bridge", "flannel", "host-local", "loopback", "portmap"], Directory.GetFiles(node.BinFolder).Select(Path.GetFileName).Order());
        Assert.Equal("another plugin", await File.ReadAllTextAsync(Path.Combine(node.BinFolder, "bridge"), TestContext.Current.CancellationToken));
        Assert.Contains("\"type\": \"flannel\"", await File.ReadAllTextAsync(Path.Combine(node.NetFolder, "10-flannel.conflist"), TestContext.Current.CancellationToken), StringComparison.Ordinal);

        // What the manifests of the original call; the plugin's file is one that runs meanwhile, and the old one goes on.
        File.Delete(plugin);
        Assert.Equal(0, (await node.TryProgramAsync("install-cni-plugin", "cp", "-f", "/flannel", "/opt/cni/bin/flannel")).ExitCode);
        Assert.Equal(
            0, (await node.TryProgramAsync("install-cni", "/opt/bin/install-conf", "/etc/kube-flannel/cni-conf.json", "/etc/cni/net.d/10-flannel.conflist")).ExitCode);
        Assert.True(File.Exists(plugin));
    }

    [Fact]
    public async Task It_has_the_programs_a_daemon_calls_and_no_shell()
    {
        var node = image.Host;
        foreach (var (program, argument, answer) in new[]
        {
            ("iptables-nft", "--version", "(nf_tables)"), ("iptables-legacy", "--version", "(legacy)"), ("ip6tables-nft-restore", "--version", "(nf_tables)"),
            ("nft", "--version", "nftables v"), ("wg", "--version", "wireguard-tools"), ("/usr/lib/ipsec/charon", "--version", "strongSwan"), ("flannelctl", "--version", "."),
        })
        {
            var result = await node.TryProgramAsync(ImageHost.Daemon, program, argument);
            Assert.Contains(answer, result.Output + result.Error, StringComparison.Ordinal);
        }

        foreach (var program in new[] { "sh", "bash", "perl", "apt-get", "dpkg", "iptables" })
        {
            Assert.Equal(127, (await node.TryProgramAsync(ImageHost.Daemon, program)).ExitCode);
        }
    }
}
