using Flannel.Testing;

namespace Flannel.EndToEndTests.Docker;

/// <summary>Over vxlan; the script makes the options.</summary>
public sealed class VxlanPair() : DockerPair("vxlan")
{
    protected override Task WriteOptionsAsync(Flanneld daemon, string file) =>
        daemon.Host.RunAsync($"{Checkout.File("deploy", "docker", "mk-docker-opts.sh")} -f {daemon.SubnetFile} -d {file}");
}
