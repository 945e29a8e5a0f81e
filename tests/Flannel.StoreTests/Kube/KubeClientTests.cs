using System.Text.Json.Nodes;
using Flannel.Stores.Kube;
using Flannel.Testing;
using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.StoreTests.Kube;

public sealed class KubeClientTests(SharedKube kube) : IClassFixture<SharedKube>, IDisposable
{
    private readonly KubeClient _client = SharedKube.NewClient(kube.Cluster);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_node_is_read_with_its_pod_networks_and_our_annotations(bool fromCache)
    {
        var name = $"read-{fromCache}".ToLowerInvariant();
        await kube.Cluster.CreateNodeAsync(NodeObject.Full(name, NodeObject.VxlanAnnotations("192.0.2.1", 1), "10.244.1.0/24", "fd00:1::/64"));

        // The server's cache may follow its store by a moment.
        var node = await Eventually.BecomesAsync<KubeNode?>(() => TryGetAsync(name, fromCache), found => found is not null);

        Assert.Equal((name, "10.244.1.0/24"), (node!.Name, node.PodCidr));
        Assert.Equal(["10.244.1.0/24", "fd00:1::/64"], node.PodCidrs);
        Assert.Equal(NodeObject.VxlanAnnotations("192.0.2.1", 1), node.Annotations);
    }

    [Fact]
    public async Task A_node_that_is_not_there_is_told_by_name_and_status()
    {
        var failure = await Assert.ThrowsAsync<KubeException>(() => _client.GetNodeAsync("nowhere", notBefore: "", Token));

        Assert.Equal((404, "NotFound", false), (failure.StatusCode, failure.Reason, failure.IsTransient));
        Assert.Contains("get nodes/nowhere: nodes \"nowhere\" not found", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_patch_of_the_status_changes_annotations()
    {
        await kube.Cluster.CreateNodeAsync("patched");

        var after = await _client.PatchNodeStatusAsync("patched", """{"metadata":{"annotations":{"flannel.alpha.coreos.com/public-ip":"192.0.2.9"}}}"""u8.ToArray(), Token);

        Assert.Equal(("192.0.2.9", null), (after.Annotations["flannel.alpha.coreos.com/public-ip"], after.PodCidr));
        Assert.Equal("192.0.2.9", (await kube.Cluster.AnnotationsAsync("patched"))["flannel.alpha.coreos.com/public-ip"]);
    }

    [Fact]
    public async Task An_event_is_found_where_describe_looks_for_it()
    {
        var time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

        await _client.CreateEventAsync(new KubeEvent("noted", "PodCidrMissing", "no podCIDR", time, time.AddMinutes(1)) { Count = 3, Action = "AcquireLease" }, Token);

        var found = (await kube.Cluster.Api.GetAsync("/api/v1/namespaces/default/events?fieldSelector=involvedObject.uid=noted,involvedObject.kind=Node"))
            .GetProperty("items").EnumerateArray().Single();
        Assert.Equal(("PodCidrMissing", "Warning", 3), (found.GetProperty("reason").GetString(), found.GetProperty("type").GetString(), found.GetProperty("count").GetInt32()));
        Assert.Equal("2026-01-02T03:05:05Z", found.GetProperty("lastTimestamp").GetString());
    }

    [Fact]
    public async Task A_pod_is_asked_for_its_node()
    {
        var pod = JsonNode.Parse("""{ "metadata": { "name": "p" }, "spec": { "nodeName": "here", "containers": [{ "name": "c", "image": "i" }] } }""");
        await kube.Cluster.Api.PostAsync("/api/v1/namespaces/kube-system/pods", pod!);

        Assert.Equal("here", await _client.GetPodNodeNameAsync("kube-system", "p", Token));
    }

    [Fact]
    public async Task What_the_role_does_not_allow_is_refused_for_good()
    {
        using var stranger = new KubeClient(SharedKube.Options(kube.Cluster, new KubeCredentials(Certificate: kube.Cluster.Authority.Issue("stranger"))));

        var failure = await Assert.ThrowsAsync<KubeException>(() => SharedKube.ListAsync(stranger, fromCache: true, Token));

        Assert.Equal((403, "Forbidden", false), (failure.StatusCode, failure.Reason, failure.IsTransient));
        Assert.Contains("list nodes: nodes is forbidden: User \"stranger\"", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_is_renewed_in_its_file()
    {
        var folder = kube.Cluster.WriteAccountFolder("kube-system", "stale");
        using var pod = new KubeClient(KubeOptions.InCluster(folder, name => name switch
        {
            "KUBERNETES_SERVICE_HOST" => kube.Cluster.Endpoint.Host,
            "KUBERNETES_SERVICE_PORT" => kube.Cluster.Endpoint.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
            _ => null,
        }));
        var failure = await Assert.ThrowsAsync<KubeException>(() => SharedKube.ListAsync(pod, fromCache: true, Token));
        Assert.Equal((401, true), (failure.StatusCode, failure.IsTransient));

        await File.WriteAllTextAsync(Path.Combine(folder, "token"), await kube.Cluster.IssueTokenAsync("kube-system", "flannel"), Token);

        Assert.Equal(KubeNodeEventType.Bookmark, (await SharedKube.ListAsync(pod, fromCache: true, Token))[^1].Type);
    }

    [Fact]
    public async Task A_token_that_was_given_is_believed()
    {
        using var account = new KubeClient(SharedKube.Options(kube.Cluster, new KubeCredentials(Token: await kube.Cluster.IssueTokenAsync("kube-system", "flannel"))));
        using var nobody = new KubeClient(SharedKube.Options(kube.Cluster, new KubeCredentials(Token: "nobody's")));

        Assert.NotEmpty(await SharedKube.ListAsync(account, fromCache: true, Token));
        Assert.Equal(401, (await Assert.ThrowsAsync<KubeException>(() => SharedKube.ListAsync(nobody, fromCache: true, Token))).StatusCode);
    }

    [Fact]
    public async Task A_certificate_is_renewed_in_its_files()
    {
        var certificate = kube.Cluster.Authority.Issue("passing");
        using var client = new KubeClient(SharedKube.Options(kube.Cluster, new KubeCredentials(Certificate: certificate)));
        Assert.Equal(403, (await Assert.ThrowsAsync<KubeException>(() => SharedKube.ListAsync(client, fromCache: true, Token))).StatusCode);

        var renewed = kube.Cluster.Authority.Issue("flannel");
        File.Copy(renewed.CertFile, certificate.CertFile, overwrite: true);

        // Half of a renewal is none.
        Assert.Equal(403, (await Assert.ThrowsAsync<KubeException>(() => SharedKube.ListAsync(client, fromCache: true, Token))).StatusCode);
        File.Copy(renewed.KeyFile, certificate.KeyFile, overwrite: true);
        Assert.NotEmpty(await SharedKube.ListAsync(client, fromCache: true, Token));
    }

    [Fact]
    public async Task A_server_of_another_authority_is_not_believed()
    {
        using var authority = new TestAuthority();
        var options = SharedKube.Options(kube.Cluster) with { Authorities = new("certificate-authority", authority.CaFile) };
        using var wary = new KubeClient(options);
        using var careless = new KubeClient(options with { SkipTlsVerify = true });

        var failure = await Assert.ThrowsAsync<KubeException>(() => SharedKube.ListAsync(wary, fromCache: true, Token));

        Assert.Equal((0, true), (failure.StatusCode, failure.IsTransient));
        Assert.NotEmpty(await SharedKube.ListAsync(careless, fromCache: true, Token));
    }

    [Fact]
    public async Task The_name_of_the_certificate_may_be_another_than_the_hosts()
    {
        using var named = new KubeClient(SharedKube.Options(kube.Cluster) with { TlsServerName = "localhost" });
        using var wrong = new KubeClient(SharedKube.Options(kube.Cluster) with { TlsServerName = "elsewhere" });

        Assert.NotEmpty(await SharedKube.ListAsync(named, fromCache: true, Token));
        Assert.Equal(0, (await Assert.ThrowsAsync<KubeException>(() => SharedKube.ListAsync(wrong, fromCache: true, Token))).StatusCode);
    }

    public void Dispose() => _client.Dispose();

    private async Task<KubeNode?> TryGetAsync(string name, bool fromCache)
    {
        try
        {
            return await _client.GetNodeAsync(name, fromCache ? KubeClient.AnyVersion : "", Token);
        }
        catch (KubeException exception) when (exception.StatusCode == 404)
        {
            return null;
        }
    }
}
