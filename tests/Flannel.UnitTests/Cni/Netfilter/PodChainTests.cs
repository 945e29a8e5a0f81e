using Flannel.Cni.Netfilter;
using Flannel.Linux.Firewall;
using Xunit;

namespace Flannel.UnitTests.Cni.Netfilter;

public sealed class PodChainTests
{
    private static readonly PodChain Chain = new("CNI-DN-1")
    {
        Rules = [new("CNI-DN-1", "-p tcp --dport 80 -j DNAT --to-destination 10.5.7.2:80")],
        Entries = [new("CNI-HOSTPORT-DNAT", "-p tcp --dport 80 -j CNI-DN-1")],
        SharedChains = ["CNI-HOSTPORT-MASQ", "CNI-HOSTPORT-DNAT"],
        SharedRules =
        [
            new(new("POSTROUTING", "-j CNI-HOSTPORT-MASQ"), IsFirst: true),
            new(new("OUTPUT", "-m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT")),
        ],
    };

    [Fact]
    public void The_first_try_fails_unless_what_is_shared_is_there_and_what_is_its_own_is_not() =>
        Assert.Equal(
            [
                "-C POSTROUTING -j CNI-HOSTPORT-MASQ",
                "-C OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT",
                "-N CNI-DN-1",
                "-A CNI-DN-1 -p tcp --dport 80 -j DNAT --to-destination 10.5.7.2:80",
                "-A CNI-HOSTPORT-DNAT -p tcp --dport 80 -j CNI-DN-1",
            ],
            Chain.Addition());

    [Fact]
    public void In_an_empty_table_everything_is_made() =>
        Assert.Equal(
            [
                "-N CNI-HOSTPORT-MASQ",
                "-N CNI-HOSTPORT-DNAT",
                "-I POSTROUTING 1 -j CNI-HOSTPORT-MASQ",
                "-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT",
                ":CNI-DN-1 - [0:0]",
                "-A CNI-DN-1 -p tcp --dport 80 -j DNAT --to-destination 10.5.7.2:80",
                "-A CNI-HOSTPORT-DNAT -p tcp --dport 80 -j CNI-DN-1",
            ],
            Chain.Repair(IptablesTable.Empty("nat")));

    [Fact]
    public void What_is_shared_and_right_stays_and_what_is_its_own_is_made_anew() =>
        Assert.Equal(
            [
                "-D CNI-HOSTPORT-DNAT -p tcp -m tcp --dport 81 -j CNI-DN-1",
                ":CNI-DN-1 - [0:0]",
                "-A CNI-DN-1 -p tcp --dport 80 -j DNAT --to-destination 10.5.7.2:80",
                "-A CNI-HOSTPORT-DNAT -p tcp --dport 80 -j CNI-DN-1",
            ],
            Chain.Repair(Table(
                """
                -A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
                -A POSTROUTING -j CNI-HOSTPORT-MASQ
                -A CNI-HOSTPORT-DNAT -p tcp -m tcp --dport 80 -j CNI-DN-11
                -A CNI-HOSTPORT-DNAT -p tcp -m tcp --dport 81 -j CNI-DN-1
                """)));

    [Fact]
    public void A_removal_finds_every_jump_to_the_chain()
    {
        var present = Table(
            """
            -A CNI-HOSTPORT-DNAT -p tcp -m tcp --dport 81 -j CNI-DN-1
            -A PREROUTING -p udp -j CNI-DN-1
            -A CNI-HOSTPORT-DNAT -p tcp -m tcp --dport 80 -j CNI-DN-11
            -A CNI-DN-1 -j CNI-DN-11
            """);

        Assert.Equal(
            ["-D CNI-HOSTPORT-DNAT -p tcp -m tcp --dport 81 -j CNI-DN-1", "-D PREROUTING -p udp -j CNI-DN-1", "-F CNI-DN-1", "-X CNI-DN-1"],
            PodChain.Removal(present, "CNI-DN-1", "CNI-SN-1"));
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "\"\"")]
    [InlineData("a b", "\"a b\"")]
    [InlineData("name: \"cbr0\"", "\"name: \\\"cbr0\\\"\"")]
    [InlineData("back\\slash", "\"back\\\\slash\"")]
    public void A_word_is_quoted_where_it_has_to_be(string word, string written) => Assert.Equal(written, IptablesRestore.Word(word));

    [Fact]
    public void A_line_end_is_no_part_of_a_word() => Assert.Throws<FormatException>(() => IptablesRestore.Word("a\n-F"));

    private static IptablesTable Table(string rules) => IptablesSave.Parse(
        $"""
        *nat
        :PREROUTING ACCEPT [0:0]
        :OUTPUT ACCEPT [0:0]
        :POSTROUTING ACCEPT [0:0]
        :CNI-HOSTPORT-DNAT - [0:0]
        :CNI-HOSTPORT-MASQ - [0:0]
        :CNI-DN-1 - [0:0]
        :CNI-DN-11 - [0:0]
        {rules}
        COMMIT

        """)[0];
}
