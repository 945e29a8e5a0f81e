using Flannel.Cni;
using Xunit;

namespace Flannel.KernelTests.Cni.PortMapping;

/// <summary>Ours beside the standard plugin: equal rules, and each checks and deletes what the other made.</summary>
public sealed class PortmapStandardTests
{
    private const string Web = """ "runtimeConfig":{"portMappings":[{"hostPort":8080,"containerPort":80,"protocol":"tcp"}]} """;

    private const string Many = """
        "runtimeConfig":{"portMappings":[
          {"hostPort":8080,"containerPort":80,"protocol":"tcp"},{"hostPort":5353,"containerPort":53,"protocol":"udp"},{"hostPort":9999,"containerPort":99,"protocol":"sctp"},
          {"hostPort":8081,"containerPort":81,"protocol":"tcp","hostIP":"127.0.0.1"},{"hostPort":8082,"containerPort":82,"protocol":"tcp","hostIP":"::1"},
          {"hostPort":8083,"containerPort":83,"protocol":"tcp","hostIP":"0.0.0.0"},{"hostPort":8084,"containerPort":84,"protocol":"tcp","hostIP":"::"}]}
        """;

    public static TheoryData<string, string> Cases()
    {
        string[] configurations =
        [
            Web,
            Many,
            $"\"snat\":false,{Web}",
            $"\"markMasqBit\":3,{Web}",
            $"\"externalSetMarkChain\":\"PLEASE_MARK\",{Web}",
            $"\"conditionsV4\":[\"!\",\"-s\",\"192.0.2.0/24\",\"-m\",\"comment\",\"--comment\",\"not \\\"them\\\"\"],\"conditionsV6\":[\"-d\",\"fd00::/8\"],{Web}",
            $$""" "runtimeConfig":{"portMappings":[{{string.Join(',', Enumerable.Range(1, 33).Select(i => $$"""{"hostPort":{{8000 + i}},"containerPort":{{i}},"protocol":"tcp"}"""))}}]} """,
        ];
        var cases = new TheoryData<string, string>();
        foreach (var variant in new[] { "-nft", "-legacy" })
        {
            foreach (var configuration in configurations)
            {
                cases.Add(variant, configuration);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_rules_of_both_are_equal_and_each_checks_and_deletes_those_of_the_other(string variant, string members)
    {
        PortmapBed.RequireStandardPlugins();
        // The program ip6tables-legacy says that a rule is there when one is that differs in its port alone. The standard plugin, which asks it, makes the first of several.
        var isMaimed = variant == "-legacy" && members.Split("hostPort").Length > 2;
        using var ours = new PortmapBed(variant);
        using var theirs = new PortmapBed(variant);
        foreach (var bed in new[] { ours, theirs })
        {
            bed.Run($"iptables{variant} -t nat -N PLEASE_MARK");
            bed.Run($"ip6tables{variant} -t nat -N PLEASE_MARK");
            bed.Run($"iptables{variant} -t nat -A POSTROUTING -s 10.5.0.0/16 -j MASQUERADE");
        }

        ours.Ours("ADD", members);
        Assert.Null(theirs.Standard("ADD", members));
        Assert.Equal(State(theirs), State(ours));

        // Debian's release looks for the rules of either family in both: asked about IPv4 alone it has to say yes, else the same of both.
        Assert.Null(ours.StandardCheckOfIPv4(members));
        Assert.Equal(theirs.Standard("CHECK", members), ours.Standard("CHECK", members));
        if (!isMaimed)
        {
            theirs.Ours("CHECK", members);
        }

        // A second container meets what the first left.
        ours.Ours("ADD", members, "abc124");
        Assert.Null(theirs.Standard("ADD", members, "abc124"));
        Assert.Equal(State(theirs), State(ours));

        Assert.Null(ours.Standard("DEL", members));
        theirs.Ours("DEL", members);
        Assert.Equal(State(theirs), State(ours));
        ours.Ours("DEL", members, "abc124");
        theirs.Ours("DEL", members, "abc124", previous: "");
        Assert.Equal(State(theirs), State(ours));
        Assert.DoesNotContain("CNI-DN-", ours.State(), StringComparison.Ordinal);

        string State(PortmapBed bed) => isMaimed ? bed.Rules("iptables") : bed.State();
    }

    [Theory]
    [InlineData("-nft")]
    [InlineData("-legacy")]
    public void Garbage_is_what_no_valid_attachment_has(string variant)
    {
        using var bed = new PortmapBed(variant);
        bed.Ours("ADD", Many, "living");
        var before = bed.State();
        bed.Ours("ADD", Web, "dead");

        bed.Ours("GC", Web, "");
        Assert.NotEqual(before, bed.State());
        bed.Ours("GC", """ "cni.dev/valid-attachments":[{"containerID":"living","ifname":"eth0"}] """, "");

        Assert.Equal(before, bed.State());
    }

    [Theory]
    [InlineData("-nft")]
    [InlineData("-legacy")]
    public void A_long_identifier_is_cut_in_the_comment_as_by_the_standard_plugin(string variant)
    {
        PortmapBed.RequireStandardPlugins();
        using var ours = new PortmapBed(variant);
        using var theirs = new PortmapBed(variant);
        var id = new string('i', 240);

        ours.Ours("ADD", Web, id);
        Assert.Null(theirs.Standard("ADD", Web, id));
        Assert.Equal(theirs.State(), ours.State());
        ours.Ours("DEL", Web, id);
        Assert.DoesNotContain("CNI-DN-", ours.State(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-nft")]
    [InlineData("-legacy")]
    public void The_previous_result_is_handed_on_and_without_ports_nothing_is_done(string variant)
    {
        using var bed = new PortmapBed(variant);

        Assert.Equal("10.5.7.2/24", bed.Ours("ADD", "\"snat\":true")!.Ips[0].Address.ToString());
        Assert.DoesNotContain("CNI", bed.State(), StringComparison.Ordinal);
        Assert.Equal("must be called as chained plugin", Assert.Throws<CniException>(() => bed.Ours("ADD", Web, previous: "")).Message);
    }

    [Theory]
    [InlineData("-nft")]
    [InlineData("-legacy")]
    public void Adding_again_with_other_ports_leaves_those_alone(string variant)
    {
        using var bed = new PortmapBed(variant);
        bed.Ours("ADD", Many);
        bed.Ours("ADD", Web);
        var again = bed.State();
        bed.Ours("DEL", Web);
        bed.Ours("ADD", Web);

        Assert.Equal(bed.State(), again);
    }

    [Theory]
    [InlineData("-nft", "iptables -t nat -F PREROUTING", "PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT")]
    [InlineData("-legacy", "iptables -t nat -F CNI-HOSTPORT-DNAT", "CNI-HOSTPORT-DNAT -m comment")]
    [InlineData("-nft", "ip6tables -t nat -F CNI-DN-3e9a3d0f9583cdc0e7133", "CNI-DN-3e9a3d0f9583cdc0e7133 -p tcp --dport 8080 -s fd05:7::2/64")]
    public void A_check_names_the_rule_that_is_missing_and_the_next_container_repairs_what_is_shared(string variant, string damage, string missing)
    {
        using var bed = new PortmapBed(variant);
        bed.Ours("ADD", Web);
        bed.Run(damage.Replace("tables", "tables" + variant, StringComparison.Ordinal));

        Assert.Contains(missing, Assert.Throws<CniException>(() => bed.Ours("CHECK", Web)).Message, StringComparison.Ordinal);
        bed.Ours("ADD", Web, "abc124");
        bed.Ours("CHECK", Web, "abc124");
        bed.Ours("DEL", Web);
        bed.Ours("DEL", Web);
        bed.Ours("CHECK", Web, "abc124");
        Assert.DoesNotContain("CNI-DN-3e9a3d0f9583cdc0e7133", bed.State(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_plugin_that_was_killed_left_is_deleted()
    {
        PortmapBed.RequireStandardPlugins();
        using var bed = new PortmapBed();
        Assert.Null(bed.Standard("ADD", Many));
        var steps = bed.Rules("iptables").Split('\n').Where(line => line.StartsWith("-A CNI-", StringComparison.Ordinal)).ToList();

        // As far as the standard plugin may have come: its rules are made one by one.
        foreach (var step in steps)
        {
            using var half = new PortmapBed();
            half.Ours("ADD", Many, "other");
            var before = half.State();
            half.Run("iptables-nft -t nat -N CNI-DN-3e9a3d0f9583cdc0e7133");
            var made = steps.TakeWhile(line => line != step).Where(line => line.Contains("CNI-DN-3e9a", StringComparison.Ordinal)).ToList();
            half.Inside(() => Flannel.Linux.Tool.Run("iptables-nft-restore", ["--noflush"], $"*nat\n{string.Concat(made.Select(line => line + "\n"))}COMMIT\n"));

            half.Ours("DEL", Many);

            Assert.Equal(before, half.State());
        }
    }

    [Theory]
    [InlineData("-nft")]
    [InlineData("-legacy")]
    public void Twenty_containers_at_once_share_what_they_share_and_have_each_their_own(string variant)
    {
        using var bed = new PortmapBed(variant);
        var options = new ParallelOptions { MaxDegreeOfParallelism = 20, CancellationToken = TestContext.Current.CancellationToken };
        Parallel.For(0, 20, options, i => bed.Ours("ADD", Ports(i), $"pod{i}"));

        var rules = bed.Rules("iptables").Split('\n');
        Assert.Single(rules, "-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT");
        Assert.Single(rules, "-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT");
        Assert.Single(rules, rule => rule.EndsWith("-j CNI-HOSTPORT-MASQ", StringComparison.Ordinal));
        Assert.Equal(20, rules.Count(rule => rule.StartsWith("-A CNI-HOSTPORT-DNAT ", StringComparison.Ordinal)));
        for (var i = 0; i < 20; i++)
        {
            bed.Ours("CHECK", Ports(i), $"pod{i}");
        }

        Parallel.For(0, 20, options, i => bed.Ours("DEL", Ports(i), $"pod{i}"));
        Assert.DoesNotContain("CNI-DN-", bed.State(), StringComparison.Ordinal);

        static string Ports(int i) => Web.Replace("8080", $"{9000 + i}", StringComparison.Ordinal);
    }
}
