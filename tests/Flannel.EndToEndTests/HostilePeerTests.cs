using Flannel.Testing;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>What a peer publishes is hostile until checked: bad records are named with the reason and change nothing in the kernel, and the good hosts go on.</summary>
[Trait("case", "T")]
public sealed class HostilePeerTests(PeerFabric site) : IClassFixture<PeerFabric>
{
    private readonly IReadOnlyList<Flanneld> _daemons = site.Fabric.Daemons;

    [Theory]
    [InlineData("10.9.1.0-24", "172.30.0.77", "3e:11:22:33:44:55", "vxlan", "10.9.1.0/24 is outside the network 10.5.0.0/16")]
    [InlineData("10.5.0.0-16", "172.30.0.77", "3e:11:22:33:44:55", "vxlan", "10.5.0.0/16 claims the whole network")]
    [InlineData("10.0.0.0-8", "172.30.0.77", "3e:11:22:33:44:55", "vxlan", "10.0.0.0/8 is outside the network 10.5.0.0/16")]
    [InlineData("10.5.10.0-24", "172.30.0.77", "01:00:5e:00:00:01", "vxlan", "has no unicast VtepMAC")]
    [InlineData("10.5.11.0-24", "172.30.0.77", "00:00:00:00:00:00", "vxlan", "has no unicast VtepMAC")]
    [InlineData("10.5.12.0-24", "172.30.0.77", "a MAC", "vxlan", "has no unicast VtepMAC")]
    [InlineData("10.5.13.0-24", "127.0.0.1", "3e:11:22:33:44:55", "vxlan", "its public address 127.0.0.1 is not a host's")]
    [InlineData("10.5.14.0-24", "224.0.0.5", "3e:11:22:33:44:55", "vxlan", "its public address 224.0.0.5 is not a host's")]
    [InlineData("10.5.15.0-24", "255.255.255.255", "3e:11:22:33:44:55", "vxlan", "its public address 255.255.255.255 is not a host's")]
    [InlineData("10.5.16.0-24", "0.0.0.0", "3e:11:22:33:44:55", "vxlan", "it has no public IPv4 address")]
    [InlineData("10.5.17.0-24", "10.5.17.9", "3e:11:22:33:44:55", "vxlan", "its public address 10.5.17.9 is a container's")]
    [InlineData("10.5.18.0-24", "172.30.0.77", "3e:11:22:33:44:55", "host-gw", "its backend type is 'host-gw', ours is 'vxlan'")]
    public async Task A_peer_that_cannot_be_served_is_ignored_by_name(string name, string publicIP, string mac, string type, string reason)
    {
        site.Put(name, PeerFabric.Value(publicIP, mac, type));

        foreach (var daemon in _daemons)
        {
            Assert.Contains(reason, await daemon.WaitForLineAsync($"Ignoring the lease {name} "), StringComparison.Ordinal);
        }

        await site.ServeAnotherPeerAsync();
        foreach (var daemon in _daemons)
        {
            Assert.Empty(await daemon.Host.RunAsync($"ip route show {name.Replace('-', '/')}"));
            Assert.DoesNotContain("172.30.0.77", await daemon.Host.RunAsync("bridge fdb show dev flannel.1"), StringComparison.Ordinal);
        }

        site.Remove(name);
    }

    [Theory]
    [InlineData("10.5.20.0-24", "no JSON at all", "the value is not a lease")]
    [InlineData("10.5.21.0-24", "[]", "it is not a JSON object")]
    [InlineData("10.5.22.0-24", """{"PublicIP":"172.30.0.300"}""", "PublicIP is not an IPv4 address")]
    [InlineData("10.5.23.1-24", "{}", "the name is not a subnet")]
    [InlineData("anything", "{}", "the name is not a subnet")]
    public async Task A_record_that_is_no_lease_is_ignored_by_name(string name, string value, string reason)
    {
        site.Put(name, value);

        foreach (var daemon in _daemons)
        {
            Assert.Contains(reason, await daemon.WaitForLineAsync($"Ignoring the record '{name}': "), StringComparison.Ordinal);
        }

        await site.ServeAnotherPeerAsync();
        site.Remove(name);
    }

    [Fact]
    public async Task A_megabyte_of_garbage_is_a_record_like_any_other_bad_one()
    {
        site.Put("10.5.25.0-24", new string('x', 1 << 20));

        foreach (var daemon in _daemons)
        {
            Assert.Contains("the value has more than 65536 characters", await daemon.WaitForLineAsync("Ignoring the record '10.5.25.0-24': "), StringComparison.Ordinal);
        }

        await site.ServeAnotherPeerAsync();
        Assert.All(_daemons, daemon => Assert.DoesNotContain(daemon.Lines, line => line.Contains("xxxx", StringComparison.Ordinal)));
        site.Remove("10.5.25.0-24");
    }

    [Fact]
    public async Task A_peer_that_claims_a_part_of_the_subnet_of_a_host_gets_none_of_its_traffic()
    {
        var victim = Path.GetFileName(Directory.GetFiles(Path.Combine(site.Fabric.Store, "subnets"))
            .Single(file => File.ReadAllText(file).Contains($"\"{_daemons[0].Host.Address}\"", StringComparison.Ordinal)));
        var claim = victim.Replace("-24", "-25", StringComparison.Ordinal);

        site.Put(claim, PeerFabric.Value());

        Assert.Contains("claims addresses of our own subnet", await _daemons[0].WaitForLineAsync($"Ignoring the lease {claim} "), StringComparison.Ordinal);
        Assert.Contains($"it overlaps the subnet {victim} of 172.30.0.11", await _daemons[1].WaitForLineAsync($"Ignoring the lease {claim} "), StringComparison.Ordinal);
        await site.ServeAnotherPeerAsync();
        Assert.Empty(await _daemons[1].Host.RunAsync($"ip route show {claim.Replace('-', '/')}"));
        site.Remove(claim);
    }

    [Fact]
    public async Task A_peer_with_the_public_address_of_a_host_is_ignored()
    {
        site.Put("10.5.30.0-24", PeerFabric.Value("172.30.0.11"));

        Assert.Contains(
            "two hosts have one public address: it publishes ours, 172.30.0.11",
            await _daemons[0].WaitForLineAsync("Ignoring the lease 10.5.30.0-24 "), StringComparison.Ordinal);
        Assert.Contains("two hosts have one public address", await _daemons[1].WaitForLineAsync("Ignoring the lease 10.5.30.0-24 "), StringComparison.Ordinal);
        await site.ServeAnotherPeerAsync();
        site.Remove("10.5.30.0-24");
    }

    [Fact]
    public async Task Of_two_overlapping_peers_the_earlier_is_served_and_the_later_follows_when_it_leaves()
    {
        var host = _daemons[0].Host;
        site.Put("10.5.40.0-24", PeerFabric.Value("172.30.0.78"));
        await Eventually.BecomesAsync(() => host.RunAsync("ip route show 10.5.40.0/24"), route => route.Length > 0);

        site.Put("10.5.40.0-25", PeerFabric.Value("172.30.0.79", "3e:11:22:33:44:66"));
        Assert.Contains(
            "it overlaps the subnet 10.5.40.0-24 of 172.30.0.78", await _daemons[0].WaitForLineAsync("Ignoring the lease 10.5.40.0-25 "), StringComparison.Ordinal);
        await site.ServeAnotherPeerAsync();
        Assert.Empty(await host.RunAsync("ip route show 10.5.40.0/25"));

        site.Remove("10.5.40.0-24");
        await _daemons[0].WaitForLineAsync("The lease 10.5.40.0-25 is no longer ignored");
        await Eventually.BecomesAsync(() => host.RunAsync("ip route show root 10.5.40.0/24"), route => route.StartsWith("10.5.40.0/25 ", StringComparison.Ordinal));
        await Eventually.BecomesAsync(
            () => host.RunAsync("bridge fdb show dev flannel.1"), fdb => fdb.Contains("3e:11:22:33:44:66 dst 172.30.0.79", StringComparison.Ordinal));
        site.Remove("10.5.40.0-25");
    }
}
