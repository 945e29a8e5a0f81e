using System.Net;
using System.Text.Json;
using Flannel.Daemon;
using Flannel.Daemon.Ctl;
using Flannel.Leases;
using Flannel.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Flannel.UnitTests.Daemon;

/// <summary>flannelctl on a directory store.</summary>
public sealed class CtlTests : IDisposable
{
    private const string Config = """{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan","VNI":7}}""";

    private readonly string _directory = Scratch.NewFolder("ctl");
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task A_configuration_is_set_from_an_argument_a_file_and_standard_input()
    {
        var file = Path.Combine(_directory, "file.json");
        await File.WriteAllTextAsync(file, Config, TestContext.Current.CancellationToken);

        foreach (var (source, input) in new[] { (Config, ""), (file, ""), ("-", Config) })
        {
            Assert.Equal((0, "The configuration is written.\n"), await RunAsync(input, "config", "set", source));
            Assert.Equal((0, Config + "\n"), await RunAsync("", "config", "get"));
            Directory.Delete(Store, recursive: true);
        }
    }

    [Theory]
    [InlineData("lease", "reserve", "10.5.1.0/24", "192.0.2.1")]
    [InlineData("lease", "release", "10.5.1.0/24")]
    [InlineData("config", "set", Config)]
    public async Task What_a_cluster_decides_is_not_changed(params string[] words)
    {
        Assert.Equal((1, ""), await RunAsync("", [.. words, "--kube-subnet-mgr"]));
        Assert.StartsWith("flannelctl: not with --kube-subnet-mgr: the c", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_configuration_of_a_cluster_is_the_file_of_the_daemon()
    {
        var file = Path.Combine(_directory, "net-conf.json");
        await File.WriteAllTextAsync(file, Config, TestContext.Current.CancellationToken);

        Assert.Equal((0, Config + "\n"), await RunAsync("", "config", "get", "--kube-subnet-mgr", "--kube-api-url=http://127.0.0.1:1", $"--net-config-path={file}"));
    }

    [Theory]
    [InlineData("""{"Network":"10.5.0.0/30","Backend":{"Type":"vxlan"}}""")]
    [InlineData("""{"Network":"10.5.0.0/16","Backend":{"Type":"carrier-pigeon"}}""")]
    [InlineData("""{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan","VNI":16777216}}""")]
    [InlineData("""{"EnableIPv4":false,"Backend":{"Type":"vxlan"}}""")]
    [InlineData("""{"Network":"10.5.0.0/16","SubnetMin":"10.5.9.0","SubnetMax":"10.5.1.0","Backend":{"Type":"vxlan"}}""")]
    [InlineData("{}")]
    public async Task What_a_daemon_would_refuse_is_not_set(string config)
    {
        Assert.Equal((1, ""), await RunAsync("", "config", "set", config));
        Assert.StartsWith("flannelctl: ", _error.ToString(), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Store, "config")));
    }

    [Fact]
    public async Task Check_shows_the_defaults()
    {
        var (code, table) = await RunAsync("", "config", "check", Config);

        Assert.Equal(0, code);
        Assert.Equal(
            """
            FAMILY  NETWORK      FIRST SUBNET  LAST SUBNET    SUBNETS  BACKEND  RULES
            ipv4    10.5.0.0/16  10.5.1.0/24   10.5.255.0/24  255      vxlan    iptables

            """,
            table);
    }

    [Fact]
    public async Task Check_without_a_source_reads_the_store_and_writes_json()
    {
        await RunAsync("", "config", "set", """{"EnableIPv4":false,"EnableIPv6":true,"IPv6Network":"fc00::/48","EnableNFTables":true,"Backend":{"Type":"host-gw"}}""");
        using var json = JsonDocument.Parse((await RunAsync("", "config", "check", "-o", "json")).Output);

        Assert.Equal("fc00:0:0:1::/64", json.RootElement.GetProperty("ipv6").GetProperty("firstSubnet").GetString());
        Assert.Equal("65535", json.RootElement.GetProperty("ipv6").GetProperty("subnets").GetString());
        Assert.Equal("nftables", json.RootElement.GetProperty("rules").GetString());
        Assert.False(json.RootElement.TryGetProperty("ipv4", out _));
    }

    [Fact]
    public async Task A_store_directory_that_is_not_there_is_named_and_not_made()
    {
        Assert.Equal((1, ""), await RunAsync("", "lease", "list"));
        Assert.Contains($"there is no store directory {Store}", _error.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Store));
    }

    [Fact]
    public async Task Set_without_a_source_is_a_bad_command_line() => Assert.Equal(2, (await RunAsync("", "config", "set")).Code);

    [Fact]
    public async Task The_version_is_the_daemons() => Assert.Equal((0, ProductVersion.Text + "\n"), await RunAsync("", "--version"));

    [Fact]
    public async Task A_store_without_a_configuration_says_so()
    {
        Directory.CreateDirectory(Store);
        Assert.Equal((1, ""), await RunAsync("", "config", "get"));
        Assert.Contains("there is no network configuration in the store", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("case", "H21")]
    public async Task A_subnet_is_reserved_listed_shown_released_and_removed()
    {
        await RunAsync("", "config", "set", Config);

        Assert.Equal((0, "10.5.34.0/24 is reserved for 192.0.2.7.\n"), await RunAsync("", "lease", "reserve", "10.5.34.0/24", "192.0.2.7"));
        Assert.Equal((0, "SUBNET        PUBLIC IP  BACKEND  ENDS IN\n10.5.34.0/24  192.0.2.7  -        reserved\n"), await RunAsync("", "lease", "list"));
        Assert.Contains("never: it is reserved", (await RunAsync("", "lease", "show", "192.0.2.7")).Output, StringComparison.Ordinal);
        Assert.Equal((0, "10.5.34.0/24 is an ordinary lease now.\n"), await RunAsync("", "lease", "release", "10.5.34.0-24"));
        Assert.Matches(@" 2[34]h\d\dm\n\z", (await RunAsync("", "lease", "list")).Output);
        Assert.Equal((0, "10.5.34.0/24 is reserved for 192.0.2.7.\n"), await RunAsync("", "lease", "reserve", "10.5.34.0/24"));
        Assert.Equal((0, "10.5.34.0/24 is removed.\n"), await RunAsync("", "lease", "release", "--now", "10.5.34.0/24"));
        Assert.Equal((0, "[]\n"), await RunAsync("", "lease", "list", "--output", "json"));
    }

    [Fact]
    public async Task A_lease_is_written_as_json_with_its_data()
    {
        await AcquireAsync(new LeaseAttributes
        {
            PublicIP = IPAddress.Parse("192.0.2.7"),
            BackendType = "vxlan",
            BackendData = """{"VNI":7,"VtepMAC":"3e:11:22:33:44:55"}""",
        });
        using var json = JsonDocument.Parse((await RunAsync("", "lease", "list", "-o", "json")).Output);
        var lease = Assert.Single(json.RootElement.EnumerateArray());

        Assert.Equal("192.0.2.7", lease.GetProperty("publicIP").GetString());
        Assert.Equal("3e:11:22:33:44:55", lease.GetProperty("backendData").GetProperty("VtepMAC").GetString());
        Assert.Equal(JsonValueKind.Null, lease.GetProperty("backendV6Data").ValueKind);
        Assert.False(lease.GetProperty("reserved").GetBoolean());
        Assert.Equal(DateTimeKind.Utc, lease.GetProperty("expires").GetDateTime().Kind);
    }

    [Fact]
    public async Task What_a_host_wrote_cannot_steer_the_terminal()
    {
        await AcquireAsync(new LeaseAttributes { PublicIP = IPAddress.Parse("192.0.2.7"), BackendType = "\u001b[2Jvxlan" });

        Assert.DoesNotContain('\u001b', (await RunAsync("", "lease", "list")).Output);
    }

    [Theory]
    [InlineData("there is no lease 10.5.9.0/24", "lease", "show", "10.5.9.0/24")]
    [InlineData("there is no lease 10.5.9.0/24", "lease", "release", "10.5.9.0/24")]
    [InlineData("nobody holds 10.5.9.0/24; name the public address it is reserved for", "lease", "reserve", "10.5.9.0/24")]
    [InlineData("10.6.9.0-24 is not a subnet that may be leased", "lease", "reserve", "10.6.9.0/24", "192.0.2.7")]
    [InlineData("10.5.9.1/24 is not a subnet such as 10.5.34.0/24", "lease", "release", "10.5.9.1/24")]
    [InlineData("host is not an IP address", "lease", "reserve", "10.5.9.0/24", "host")]
    public async Task What_cannot_be_done_is_named(string message, params string[] words)
    {
        await RunAsync("", "config", "set", Config);

        Assert.Equal((1, ""), await RunAsync("", words));
        Assert.StartsWith($"flannelctl: {message}", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("lease", "list", "--nonsense")]
    [InlineData("lease", "list", "-o", "yaml")]
    [InlineData("lease", "show")]
    public async Task A_bad_command_line_ends_with_2(params string[] words) => Assert.Equal(2, (await RunAsync("", words)).Code);

    [Fact]
    public async Task The_daemons_variables_hold_where_no_option_is_given()
    {
        var elsewhere = Path.Combine(_directory, "elsewhere");
        await RunAsync("", "config", "set", Config, "--store-dir", elsewhere);

        Assert.True(File.Exists(Path.Combine(elsewhere, "config")));
        Assert.False(Directory.Exists(Store));
    }

    private string Store => Path.Combine(_directory, "store");

    private async Task AcquireAsync(LeaseAttributes attributes)
    {
        await using var store = KeyedLeaseStore.InDirectory(Store, TimeSpan.FromHours(1), TimeProvider.System, NullLoggerFactory.Instance);
        await store.AcquireAsync(Flannel.Config.NetworkConfig.Parse(Config), attributes, default, TestContext.Current.CancellationToken);
    }

    private async Task<(int Code, string Output)> RunAsync(string input, params string[] words)
    {
        _output.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
        using var reader = new StringReader(input);
        var console = new CtlConsole(reader, _output, _error, name => name == "FLANNELD_STORE_DIR" ? Store : null);
        return (await new CtlProgram(console).RunAsync(words), _output.ToString());
    }
}
