using System.Net.Sockets;
using Flannel.Config;
using Flannel.Linux;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Flannel.UnitTests.Config;

/// <summary>The subnet file as written and as read back (cli-and-env.md §8).</summary>
public sealed class SubnetFileTests : IDisposable
{
    private static readonly SubnetEnvironment DualStack = new()
    {
        Network = Cidr.Parse("10.9.0.0/16"),
        Subnet = Cidr.Parse("10.9.44.0/24"),
        IPv6Network = Cidr.Parse("fd00:9::/56"),
        IPv6Subnet = Cidr.Parse("fd00:9:0:7::/64"),
        Mtu = 1450,
        IPMasq = true,
    };

    private readonly string _directory = Directory.CreateTempSubdirectory("flannel-subnet-").FullName;

    private string Target => Path.Combine(_directory, "run", "flannel", "subnet.env");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_lines_are_those_of_the_contract()
    {
        SubnetFile.Write(Target, DualStack);

        Assert.Equal(
            """
            FLANNEL_NETWORK=10.9.0.0/16
            FLANNEL_SUBNET=10.9.44.1/24
            FLANNEL_IPV6_NETWORK=fd00:9::/56
            FLANNEL_IPV6_SUBNET=fd00:9:0:7::1/64
            FLANNEL_MTU=1450
            FLANNEL_IPMASQ=true

            """,
            File.ReadAllText(Target));
    }

    [Fact]
    public void A_family_that_is_off_has_no_lines() =>
        Assert.Equal(
            "FLANNEL_NETWORK=10.9.0.0/16\nFLANNEL_SUBNET=10.9.44.1/24\nFLANNEL_MTU=1500\nFLANNEL_IPMASQ=false\n",
            (DualStack with { IPv6Network = default, IPv6Subnet = default, Mtu = 1500, IPMasq = false }).ToText());

    [Fact]
    public void Everybody_may_read_it_and_nothing_else_is_left_in_the_directory()
    {
        SubnetFile.Write(Target, DualStack);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(Target));
        Assert.Equal(Convert.ToInt32("755", 8), (int)File.GetUnixFileMode(Path.GetDirectoryName(Target)!));
        Assert.Equal([Target], Directory.GetFileSystemEntries(Path.GetDirectoryName(Target)!));
    }

    [Fact]
    public void It_is_replaced_as_a_whole_even_after_a_crash_left_half_of_one()
    {
        SubnetFile.Write(Target, DualStack);
        using var reader = File.OpenText(Target);
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(Target)!, ".subnet.env.tmp"), new string('x', 4096));

        SubnetFile.Write(Target, DualStack with { Mtu = 9000 });

        Assert.Contains("FLANNEL_MTU=1450", reader.ReadToEnd(), StringComparison.Ordinal);
        Assert.Contains("FLANNEL_MTU=9000", File.ReadAllText(Target), StringComparison.Ordinal);
        Assert.Equal([Target], Directory.GetFileSystemEntries(Path.GetDirectoryName(Target)!));
    }

    [Fact]
    public void A_target_that_cannot_be_replaced_is_named_and_stays()
    {
        Directory.CreateDirectory(Path.Combine(Target, "kept"));

        var fault = Assert.Throws<HostException>(() => SubnetFile.Write(Target, DualStack));

        Assert.StartsWith($"cannot write {Target}: ", fault.Message, StringComparison.Ordinal);
        Assert.EndsWith("; name another file with --subnet-file", fault.Message, StringComparison.Ordinal);
        Assert.Equal([Target], Directory.GetFileSystemEntries(Path.GetDirectoryName(Target)!));
        Assert.True(Directory.Exists(Path.Combine(Target, "kept")));
    }

    [Fact]
    public void What_was_written_is_read_back_without_host_bits()
    {
        SubnetFile.Write(Target, DualStack);

        var previous = SubnetFile.Read(Target);

        Assert.Equal((DualStack.Network, DualStack.Subnet), (previous.Network, previous.Subnet));
        Assert.Equal((DualStack.IPv6Network, DualStack.IPv6Subnet), (previous.IPv6Network, previous.IPv6Subnet));
        Assert.Equal((DualStack.Subnet, DualStack.IPv6Subnet), (previous.Lease.IPv4, previous.Lease.IPv6));
        Assert.Empty(previous.Problems);
    }

    [Fact]
    public void No_file_is_normal()
    {
        Assert.Same(PreviousRun.Nothing, SubnetFile.Read(Target));
        Assert.Same(PreviousRun.Nothing, SubnetFile.Read(Path.Combine(_directory, "subnet.env")));
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_a_problem_and_nothing_more()
    {
        var problem = Assert.Single(SubnetFile.Read(_directory).Problems);

        Assert.Contains($"cannot read {_directory}", problem.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Comments_export_and_quotes_are_understood()
    {
        var previous = SubnetFile.ReadText(
            """
            # written by hand
            export FLANNEL_NETWORK="10.5.0.0/16"
            	FLANNEL_SUBNET = '10.5.72.1/24' # the bridge
            FLANNEL_IPV6_NETWORK=fd00::/56 # not quoted
            #FLANNEL_IPV6_SUBNET=fd00::/64
            no assignment
            =nothing
            """,
            "subnet.env");

        Assert.Equal("10.5.0.0/16", previous.Network.ToString());
        Assert.Equal("10.5.72.0/24", previous.Subnet.ToString());
        Assert.Equal("fd00::/56", previous.IPv6Network.ToString());
        Assert.True(previous.IPv6Subnet.IsEmpty);
        Assert.Empty(previous.Problems);
    }

    [Theory]
    [InlineData("10.244.1.0/24,not-a-cidr,10.244.2.0/24", AddressFamily.InterNetwork, "10.244.1.0/24 10.244.2.0/24")]
    [InlineData("fd00::/64,not-a-cidr,fd01::/64", AddressFamily.InterNetworkV6, "fd00::/64 fd01::/64")]
    [Trait("case", "D1")]
    [Trait("case", "D2")]
    public void Bad_parts_of_a_list_are_skipped(string value, AddressFamily family, string expected)
    {
        List<string> skipped = [];

        var networks = SubnetFile.ReadList(value, family, skipped.Add);

        Assert.Equal(expected, string.Join(' ', networks));
        Assert.Equal(["not-a-cidr"], skipped);
    }

    [Theory]
    [InlineData("FLANNEL_SUBNET=not-a-cidr", LogLevel.Warning)]
    [InlineData("FLANNEL_IPV6_SUBNET=not-a-cidr", LogLevel.Warning)]
    [InlineData("FLANNEL_SUBNET=fd00::/64", LogLevel.Warning)]
    [InlineData("FLANNEL_SUBNET=", LogLevel.Warning)]
    [InlineData("FLANNEL_SUBNET=10.1.1.0/24,10.1.2.0/24", LogLevel.Error)]
    [Trait("case", "D3")]
    [Trait("case", "D4")]
    public void A_subnet_that_is_not_exactly_one_is_none(string line, LogLevel level)
    {
        var previous = SubnetFile.ReadText(line, "/run/flannel/subnet.env");

        Assert.True(previous.Lease.IsEmpty);
        Assert.Contains(previous.Problems, problem => problem.Level == level && problem.Text.StartsWith("/run/flannel/subnet.env: ", StringComparison.Ordinal));
    }
}
