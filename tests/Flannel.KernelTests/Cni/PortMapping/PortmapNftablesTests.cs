using Flannel.Cni;
using Xunit;

namespace Flannel.KernelTests.Cni.PortMapping;

/// <summary>The nftables backend on the live kernel.</summary>
public sealed class PortmapNftablesTests
{
    private const string Web = """ "backend":"nftables","runtimeConfig":{"portMappings":[{"hostPort":8080,"containerPort":80,"protocol":"tcp"}]} """;

    [Fact]
    public void Nft_lists_the_rules_of_a_container()
    {
        using var bed = new PortmapBed();
        bed.Ours("ADD", Web);

        Assert.Equal(
            """
            table ip cni_hostport {
            	comment "CNI portmap plugin"
            	chain hostports {
            		tcp dport 8080 dnat to 10.5.7.2:80 comment "abc123"
            	}

            	chain hostip_hostports {
            	}

            	chain hostports_all {
            		jump hostip_hostports
            		jump hostports
            	}

            	chain prerouting {
            		type nat hook prerouting priority dstnat; policy accept;
            		fib daddr type local jump hostports_all
            	}

            	chain output {
            		type nat hook output priority -100; policy accept;
            		fib daddr type local jump hostports_all
            	}

            	chain masquerading {
            		type nat hook postrouting priority srcnat; policy accept;
            		ip saddr 10.5.7.2 ip daddr 10.5.7.2 masquerade comment "abc123"
            		ip saddr 127.0.0.1 ip daddr 10.5.7.2 masquerade comment "abc123"
            	}
            }

            """,
            bed.Run("nft list table ip cni_hostport"));
        Assert.Contains("tcp dport 8080 dnat to [fd05:7::2]:80 comment \"abc123\"", bed.Run("nft list table ip6 cni_hostport"), StringComparison.Ordinal);
        bed.Ours("CHECK", Web);
    }

    [Theory]
    [InlineData("""{"backend":"nftables",""")]
    [InlineData("{")]
    public void A_deletion_takes_the_rules_of_the_container_alone_whether_or_not_the_backend_is_named(string start)
    {
        using var bed = new PortmapBed();
        bed.Ours("ADD", Web, "other");
        var before = bed.Run("nft list ruleset");
        bed.Ours("ADD", Web);
        var members = (start + Web[(Web.IndexOf(',', StringComparison.Ordinal) + 1)..])[1..];

        bed.Ours("DEL", members);
        bed.Ours("DEL", members);

        Assert.Equal(before, bed.Run("nft list ruleset"));
        bed.Ours("CHECK", Web, "other");
        Assert.Equal(
            "port mappings of 10.5.7.2: missing hostport rules in \"hostports\" chain", Assert.Throws<CniException>(() => bed.Ours("CHECK", Web)).Message);
    }

    [Fact]
    public void Adding_again_does_not_double_the_rules()
    {
        using var bed = new PortmapBed();
        bed.Ours("ADD", Web);
        var once = bed.Run("nft list ruleset");
        bed.Ours("ADD", Web);

        Assert.Equal(once, bed.Run("nft list ruleset"));
    }

    [Fact]
    public void Twenty_containers_at_once_have_each_their_own()
    {
        using var bed = new PortmapBed();
        var options = new ParallelOptions { MaxDegreeOfParallelism = 20, CancellationToken = TestContext.Current.CancellationToken };
        Parallel.For(0, 20, options, i => bed.Ours("ADD", Web, $"pod{i}"));
        for (var i = 0; i < 20; i++)
        {
            bed.Ours("CHECK", Web, $"pod{i}");
        }

        Parallel.For(0, 20, options, i => bed.Ours("DEL", Web, $"pod{i}"));
        Assert.DoesNotContain("comment \"pod", bed.Run("nft list ruleset"), StringComparison.Ordinal);
    }
}
