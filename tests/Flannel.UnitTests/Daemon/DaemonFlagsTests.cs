using Flannel.Daemon.Options;
using Xunit;

namespace Flannel.UnitTests.Daemon;

public sealed class DaemonFlagsTests
{
    private readonly DaemonFlags _flags = new();

    /// <summary>The contract with those who start the original: name, type, default.</summary>
    private static readonly string[] Contract =
    [
        "etcd-endpoints string http://127.0.0.1:4001,http://127.0.0.1:2379",
        "etcd-prefix string /coreos.com/network",
        "etcd-keyfile string ",
        "etcd-certfile string ",
        "etcd-cafile string ",
        "etcd-username string ",
        "etcd-password string ",
        "kube-subnet-mgr bool false",
        "kube-api-url string ",
        "kubeconfig-file string ",
        "kube-annotation-prefix string flannel.alpha.coreos.com",
        "net-config-path string /etc/kube-flannel/net-conf.json",
        "set-node-network-unavailable bool true",
        "iface value ",
        "iface-regex value ",
        "iface-can-reach string ",
        "public-ip string ",
        "public-ipv6 string ",
        "subnet-file string /run/flannel/subnet.env",
        "subnet-lease-renew-margin int 60",
        "ip-masq bool false",
        "ip-masq-fully-random-disable bool false",
        "iptables-forward-rules bool true",
        "iptables-resync int 5",
        "ip-blackhole-route bool false",
        "healthz-ip string 0.0.0.0",
        "healthz-port int 0",
        "version bool false",
        "v int 0",
        "vmodule value ",
        "log_backtrace_at value ",
    ];

    private static readonly string[] Ours = ["store-dir string "];

    [Fact]
    public void The_table_is_the_contract_and_ours() =>
        Assert.Equal(Contract.Concat(Ours).Order(StringComparer.Ordinal), _flags.Table.Flags.Select(flag => $"{flag.Name} {flag.Type} {flag.DefaultText}").Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("etcd-endpoint")]
    [InlineData("listen")]
    [InlineData("remote")]
    [InlineData("remote-keyfile")]
    [InlineData("networks")]
    [InlineData("watch-networks")]
    [InlineData("subnet-dir")]
    [InlineData("use-multi-cluster-cidr")]
    [InlineData("logtostderr")]
    public void Flags_of_old_releases_are_unknown(string name) =>
        Assert.Equal($"flag provided but not defined: -{name}", Assert.IsType<ParseOutcome.Refused>(_flags.Table.Parse([$"-{name}=x"])).Message);

    [Fact]
    public void Every_option_arrives_in_its_place()
    {
        Parse("--etcd-endpoints=http://a:1,http://b:2", "--etcd-prefix=/p", "--etcd-keyfile=k", "--etcd-certfile=c", "--etcd-cafile=ca", "--etcd-username=u", "--etcd-password=w",
            "--store-dir=/d", "--iface=eth0", "--iface=eth1", "--iface-regex=e.*", "--iface-can-reach=10.0.0.1", "--public-ip=10.0.0.2", "--public-ipv6=fd00::2",
            "--subnet-file=/s", "--subnet-lease-renew-margin=90", "--ip-masq", "--ip-masq-fully-random-disable", "--iptables-forward-rules=false", "--iptables-resync=9",
            "--ip-blackhole-route", "--healthz-ip=::1", "--healthz-port=8081", "-v=4", "-vmodule=Vxlan*=2", "-log_backtrace_at=A:B",
            "--kube-subnet-mgr", "--kube-api-url=https://k", "--kubeconfig-file=/kc", "--kube-annotation-prefix=x.y", "--net-config-path=/nc", "--set-node-network-unavailable=false");
        var options = _flags.Read();

        Assert.Equal("http://a:1,http://b:2", options.Store.EtcdEndpoints);
        Assert.Equal(("/p", "k", "c", "ca"), (options.Store.EtcdPrefix, options.Store.EtcdKeyFile, options.Store.EtcdCertFile, options.Store.EtcdCaFile));
        Assert.Equal(("u", "w", "/d"), (options.Store.EtcdUsername, options.Store.EtcdPassword, options.Store.Directory));
        Assert.Equal(["eth0", "eth1"], options.Interface.Interfaces);
        Assert.Equal(["e.*"], options.Interface.Patterns);
        Assert.Equal(("10.0.0.1", "10.0.0.2", "fd00::2"), (options.Interface.CanReach, options.Interface.PublicIP, options.Interface.PublicIPv6));
        Assert.Equal(("/s", 90, TimeSpan.FromSeconds(9)), (options.SubnetFile, options.RenewMarginMinutes, options.Resync));
        Assert.Equal((true, true, false, true), (options.IPMasq, options.IPMasqFullyRandomDisable, options.ForwardRules, options.BlackholeRoute));
        Assert.Equal(("::1", 8081), (options.HealthAddress, options.HealthPort));
        Assert.Equal((4, "Vxlan*=2", "A:B"), (options.Log.Verbosity, options.Log.Modules.ToString(), options.Log.BacktraceAt.ToString()));
        Assert.Equal(
            new KubernetesOptions
            {
                Enabled = true,
                ApiUrl = "https://k",
                KubeconfigFile = "/kc",
                AnnotationPrefix = "x.y",
                NetConfigPath = "/nc",
                SetNodeNetworkUnavailable = false,
            },
            options.Kubernetes);
    }

    [Theory]
    [InlineData("0", 1)]
    [InlineData("-5", 1)]
    [InlineData("1", 1)]
    [InlineData("99999999999", int.MaxValue)]
    public void The_resync_period_is_at_least_a_second(string given, int seconds)
    {
        Parse($"-iptables-resync={given}");

        Assert.Equal(TimeSpan.FromSeconds(seconds), _flags.Read().Resync);
    }

    [Theory]
    [InlineData("-vmodule=a", "invalid value \"a\" for flag -vmodule: syntax error: expect comma-separated list of pattern=N")]
    [InlineData("-vmodule=a=-1", "invalid value \"a=-1\" for flag -vmodule: negative value for vmodule level")]
    [InlineData("-log_backtrace_at=a", "invalid value \"a\" for flag -log_backtrace_at: syntax error: expect category:event")]
    public void Malformed_logging_flags_are_refused(string word, string message) =>
        Assert.Equal(message, Assert.IsType<ParseOutcome.Refused>(_flags.Table.Parse([word])).Message);

    [Fact]
    public void The_environment_fills_what_the_command_line_leaves_open()
    {
        Parse("-public-ip=10.0.0.1", "-ip-masq=false");
        var refusals = FlagEnvironment.Apply(_flags.Table, new Dictionary<string, string?>
        {
            ["FLANNELD_PUBLIC_IP"] = "10.0.0.9",
            ["FLANNELD_IP_MASQ"] = "true",
            ["FLANNELD_IFACE"] = "eth0,eth1",
            ["FLANNELD_SUBNET_FILE"] = "",
            ["FLANNELD_V"] = "2",
            ["FLANNELD_LOG_BACKTRACE_AT"] = "X:1",
            ["FLANNELD_HEALTHZ_PORT"] = "eighty",
        }.GetValueOrDefault);
        var options = _flags.Read();

        Assert.Equal("10.0.0.1", options.Interface.PublicIP);
        Assert.False(options.IPMasq);
        Assert.Equal(["eth0,eth1"], options.Interface.Interfaces);
        Assert.Equal("/run/flannel/subnet.env", options.SubnetFile);
        Assert.Equal((2, "X:1"), (options.Log.Verbosity, options.Log.BacktraceAt.ToString()));
        Assert.Equal(0, options.HealthPort);
        Assert.Equal(["FLANNELD_HEALTHZ_PORT: invalid value \"eighty\": parse error; it is ignored"], refusals);
    }

    [Fact]
    public void Secrets_are_not_in_the_description()
    {
        Parse("--etcd-password=hunter2", "--etcd-endpoints=https://root:s3cr@t@h:1,https://h:2", "--kube-api-url=https://token:pw@k/x@y");
        var options = _flags.Read();

        Assert.Contains("etcd-password=[redacted] ", options.Description, StringComparison.Ordinal);
        Assert.Contains("etcd-endpoints=https://[redacted]@h:1,https://h:2 ", options.Description, StringComparison.Ordinal);
        Assert.Contains("kube-api-url=https://[redacted]@k/x@y ", options.Description, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", options.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr", options.ToString(), StringComparison.Ordinal);
    }

    private void Parse(params string[] arguments) => Assert.IsType<ParseOutcome.Parsed>(_flags.Table.Parse(arguments));
}
