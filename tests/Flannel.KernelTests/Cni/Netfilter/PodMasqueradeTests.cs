using System.Text.Json;
using Flannel.Cni.Netfilter;
using Flannel.Firewall;
using Flannel.KernelTests.Cni.PortMapping;
using Flannel.Linux;
using Flannel.Testing;
using Xunit;

namespace Flannel.KernelTests.Cni.Netfilter;

/// <summary>The rules of <c>ipMasq</c>, beside those of Debian's bridge plugin.</summary>
public sealed class PodMasqueradeTests
{
    private static readonly Cidr[] Addresses = [Cidr.Parse("10.5.7.2/24"), Cidr.Parse("fd05:7::2/64")];

    [Theory]
    [InlineData("-nft")]
    [InlineData("-legacy")]
    public void The_rules_are_those_of_the_standard_bridge_plugin_and_each_deletes_those_of_the_other(string variant)
    {
        PortmapBed.RequireStandardPlugins();
        using var ours = new PortmapBed(variant);
        using var theirs = new PortmapBed(variant);
        using var container = Netns.Create();
        var data = Scratch.NewFolder("host-local");
        var config = $$"""
            {"cniVersion":"1.0.0","name":"cbr0","type":"bridge","bridge":"cni0","ipMasq":true,"ipam":{"type":"host-local","dataDir":"{{data}}",
             "ranges":[[{"subnet":"10.5.7.0/24"}],[{"subnet":"fd05:7::/64"}]]} }
            """;
        var result = JsonElement.Parse(Bridge(theirs, "ADD", config, container));
        Cidr[] addresses = [.. result.GetProperty("ips").EnumerateArray().Select(ip => Cidr.Parse(ip.GetProperty("address").GetString()!))];

        SetUp(ours, Pod(variant), addresses);
        Assert.Equal(theirs.State(), ours.State());
        ours.Inside(() => { Pod(variant).TearDown(addresses); return 0; });
        theirs.Inside(() => { Pod(variant).TearDown(addresses); return 0; });
        Assert.Equal(theirs.State(), ours.State());
        Assert.DoesNotContain("CNI-", ours.State(), StringComparison.Ordinal);

        SetUp(theirs, Pod(variant), addresses);
        Bridge(theirs, "DEL", config, container);
        Assert.Equal(ours.State(), theirs.State());
    }

    [Theory]
    [InlineData("-nft", RuleBackends.Iptables)]
    [InlineData("-legacy", RuleBackends.Iptables)]
    [InlineData("-nft", RuleBackends.Nftables)]
    public void A_second_set_up_changes_nothing_and_a_tear_down_does_not_need_the_addresses(string variant, string backend)
    {
        using var bed = new PortmapBed(variant);
        SetUp(bed, Pod(variant, "other"), [Cidr.Parse("10.5.7.3/24")], backend);
        var before = Everything(bed);
        SetUp(bed, Pod(variant), Addresses, backend);
        var once = Everything(bed);
        SetUp(bed, Pod(variant), Addresses, backend);
        Assert.Equal(once, Everything(bed));
        Assert.NotEqual(before, once);

        bed.Inside(() => { Pod(variant).TearDown([]); return 0; });
        bed.Inside(() => { Pod(variant).TearDown(Addresses); return 0; });

        Assert.Equal(before, Everything(bed).Replace(EmptyIPv6, "", StringComparison.Ordinal));
    }

    [Fact]
    public void Nft_lists_the_rules()
    {
        using var bed = new PortmapBed();
        SetUp(bed, Pod("-nft"), Addresses, RuleBackends.Nftables);

        Assert.Equal(
            """
            table inet cni_plugins_masquerade {
            	comment "Masquerading for plugins from github.com/containernetworking/plugins"
            	chain masq_checks {
            		comment "Masquerade traffic from certain IPs to any (non-multicast) IP outside their subnet"
            		ip saddr 10.5.7.2 ip daddr != 10.5.7.0/24 masquerade comment "cb6e746fae1a4d6c-ebce0e3dd4dafae3, net: cbr0, if: eth0, id: abc123"
            		ip6 saddr fd05:7::2 ip6 daddr != fd05:7::/64 masquerade comment "cb6e746fae1a4d6c-ebce0e3dd4dafae3, net: cbr0, if: eth0, id: abc123"
            	}

            	chain postrouting {
            		type nat hook postrouting priority srcnat; policy accept;
            		ip daddr 224.0.0.0/4 return
            		ip6 daddr ff00::/8 return
            		goto masq_checks
            	}
            }

            """,
            bed.Run("nft list table inet cni_plugins_masquerade"));
    }

    [Fact]
    public void Garbage_is_what_no_living_container_of_the_network_has()
    {
        using var bed = new PortmapBed();
        foreach (var backend in new[] { RuleBackends.Iptables, RuleBackends.Nftables })
        {
            SetUp(bed, Pod("", "dead"), Addresses, backend);
            SetUp(bed, Pod("", "living"), Addresses, backend);
            SetUp(bed, new PodMasquerade("other", "eth0", "dead"), Addresses, backend);
        }

        bed.Inside(() => { PodMasquerade.CollectGarbage("cbr0", [new("living", "eth0")]); return 0; });

        var rules = Everything(bed);
        Assert.DoesNotContain("net: cbr0, if: eth0, id: dead", rules, StringComparison.Ordinal);
        Assert.DoesNotContain("name: \\\"cbr0\\\" id: \\\"dead\\\"", rules, StringComparison.Ordinal);
        Assert.Equal(2, Count(rules, "net: cbr0, if: eth0, id: living"));
        Assert.Equal(2, Count(rules, "net: other, if: eth0, id: dead"));
        Assert.Equal(6, Count(rules, "name: \\\"cbr0\\\" id: \\\"living\\\""));
        Assert.Equal(6, Count(rules, "name: \\\"other\\\" id: \\\"dead\\\""));
    }

    [Fact]
    public void A_missing_program_is_named_with_its_package()
    {
        using var bed = new PortmapBed();

        Assert.Equal(
            "iptables-none-restore not found in PATH; install the package iptables (Debian, Ubuntu) or iptables-nft (RHEL, Fedora)",
            Assert.Throws<FirewallException>(() => SetUp(bed, Pod("-none"), Addresses, RuleBackends.Iptables)).Message);
        SetUp(bed, Pod("-none"), Addresses, backend: null);
        Assert.Contains("table inet cni_plugins_masquerade", bed.Run("nft list ruleset"), StringComparison.Ordinal);
    }

    private const string EmptyIPv6 = "*nat\n:PREROUTING ACCEPT \n:INPUT ACCEPT \n:OUTPUT ACCEPT \n:POSTROUTING ACCEPT \nCOMMIT\n";

    private static PodMasquerade Pod(string variant, string containerId = "abc123") => new("cbr0", "eth0", containerId) { Variant = variant };

    private static void SetUp(PortmapBed bed, PodMasquerade pod, Cidr[] addresses, string? backend = RuleBackends.Iptables) =>
        bed.Inside(() => { pod.SetUp(addresses, backend); return 0; });

    private static string Everything(PortmapBed bed) => bed.State().Replace(EmptyIPv6, "", StringComparison.Ordinal) + Masquerading(bed);

    private static string Masquerading(PortmapBed bed) =>
        bed.Run("nft list tables").Contains("cni_plugins_masquerade", StringComparison.Ordinal) ? bed.Run("nft list table inet cni_plugins_masquerade") : "";

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static string Bridge(PortmapBed bed, string command, string config, Netns container)
    {
        var result = bed.Plugin("bridge", command, config, "abc123", container.Path);
        Assert.True(result.ExitCode == 0, result.Output);
        return result.Output;
    }
}
