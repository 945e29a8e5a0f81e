using System.Text;
using Flannel.Daemon;
using Flannel.Daemon.Logging;
using Flannel.Daemon.Options;
using Flannel.Leases.Kube;
using Flannel.Stores;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Flannel.UnitTests.Daemon;

public sealed class LeaseStoresTests
{
    [Theory]
    [InlineData("k.pem", "", "etcd-keyfile is given without etcd-certfile: etcd is shown no client certificate. Give --etcd-certfile too, or neither")]
    [InlineData("", "c.pem", "etcd-certfile is given without etcd-keyfile: etcd is shown no client certificate. Give --etcd-keyfile too, or neither")]
    public async Task One_half_of_a_client_certificate_is_named_with_the_half_that_is_missing(string keyFile, string certFile, string expected) =>
        Assert.Matches($"^W.* {expected}\n$", await OpenAsync(keyFile, certFile, ""));

    [Theory]
    [InlineData("", "", "")]
    [InlineData("k.pem", "", "/nowhere")]
    public async Task Without_a_certificate_and_without_etcd_there_is_nothing_to_say(string keyFile, string certFile, string directory) =>
        Assert.Empty(await OpenAsync(keyFile, certFile, directory));

    [Theory]
    [InlineData("")]
    [InlineData("5000")]
    [InlineData("-1")]
    public async Task A_depth_for_the_queue_there_is_not_is_accepted(string depth)
    {
        await using var store = OpenOnNode(OnNode(depth));

        Assert.False(store.Allocates);
    }

    [Theory]
    [InlineData("many", "flannel.alpha.coreos.com", "the env variable EVENT_QUEUE_DEPTH is not a number: \"many\"")]
    [InlineData("", "coreos", "subnet/kube: prefix must be in a format: fqdn/[0-9a-z-_]*")]
    public void What_the_environment_or_a_flag_has_wrong_is_named(string depth, string prefix, string expected)
    {
        var failure = Assert.Throws<StoreException>(() => OpenOnNode(OnNode(depth) with { AnnotationPrefix = prefix }));

        Assert.Equal((expected, false), (failure.Message, failure.IsTransient));
    }

    private static KubernetesOptions OnNode(string depth) => new()
    {
        Enabled = true,
        ApiUrl = "http://127.0.0.1:8080",
        KubeconfigFile = "",
        AnnotationPrefix = "flannel.alpha.coreos.com",
        NetConfigPath = "",
        NodeName = "a",
        EventQueueDepth = depth,
        SetNodeNetworkUnavailable = true,
    };

    private static KubeLeaseStore OpenOnNode(KubernetesOptions options) =>
        LeaseStores.OpenOnNode(options, new Progress<string>(), TimeProvider.System, NullLoggerFactory.Instance);

    private static async Task<string> OpenAsync(string keyFile, string certFile, string directory)
    {
        using var lines = new MemoryStream();
        var options = new StoreOptions
        {
            Directory = directory,
            EtcdEndpoints = "https://127.0.0.1:2379",
            EtcdPrefix = "/prefix",
            EtcdKeyFile = keyFile,
            EtcdCertFile = certFile,
            EtcdCaFile = "",
            EtcdUsername = "",
            EtcdPassword = "",
        };
        await using var store = LeaseStores.Open(options, TimeSpan.FromHours(1), TimeProvider.System, new KlogLoggerFactory(new LogOptions(), lines, TimeProvider.System));
        return Encoding.UTF8.GetString(lines.ToArray());
    }
}
