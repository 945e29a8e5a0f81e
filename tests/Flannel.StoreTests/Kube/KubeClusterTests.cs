using System.Net;
using System.Text.Json.Nodes;
using Flannel.Testing;
using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.StoreTests.Kube;

/// <summary>The ground the tests with Kubernetes stand on.</summary>
public sealed class KubeClusterTests(SharedKube kube) : IClassFixture<SharedKube>
{
    private const string Account = """
        apiVersion: v1
        kind: ServiceAccount
        metadata: { name: account, namespace: kube-system }
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: { name: account }
        rules:
        - { apiGroups: [""], resources: [nodes], verbs: [get, list, watch] }
        - { apiGroups: [""], resources: [nodes/status], verbs: [patch] }
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: { name: account }
        roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: account }
        subjects:
        - { kind: ServiceAccount, name: account, namespace: kube-system }
        """;

    [Fact]
    public async Task A_restart_keeps_the_nodes_and_the_address()
    {
        var cluster = kube.Cluster;
        await cluster.CreateNodeAsync("kept", "10.244.0.0/24");
        await cluster.AnnotateAsync("kept", new Dictionary<string, string?> { ["example.org/kept"] = "yes", ["example.org/gone"] = "no" });
        await cluster.AnnotateAsync("kept", new Dictionary<string, string?> { ["example.org/gone"] = null });

        await cluster.KillAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => cluster.GetNodeAsync("kept"));
        await cluster.RestartAsync();

        Assert.Equal("10.244.0.0/24", (await cluster.GetNodeAsync("kept")).GetProperty("spec").GetProperty("podCIDR").GetString());
        Assert.Equal([KeyValuePair.Create("example.org/kept", "yes")], await cluster.AnnotationsAsync("kept"));
    }

    [Fact]
    public async Task An_account_may_do_what_its_role_says_and_no_more()
    {
        var cluster = kube.Cluster;
        await cluster.CreateNodeAsync("mine");
        await cluster.ApplyAsync(Account);
        var token = await cluster.IssueTokenAsync("kube-system", "account");
        var annotation = JsonNode.Parse("""{ "metadata": { "annotations": { "example.org/by": "flannel" } } }""");

        Assert.Equal(HttpStatusCode.OK, await AskAsync(HttpMethod.Get, "/api/v1/nodes"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(HttpMethod.Patch, "/api/v1/nodes/mine/status"));
        Assert.Equal("flannel", (await cluster.AnnotationsAsync("mine"))["example.org/by"]);
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(HttpMethod.Patch, "/api/v1/nodes/mine"));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(HttpMethod.Get, "/api/v1/pods"));
        token = "";
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(HttpMethod.Get, "/api/v1/nodes"));

        async Task<HttpStatusCode> AskAsync(HttpMethod method, string path) =>
            (await cluster.Api.TrySendAsync(method, path, method == HttpMethod.Patch ? annotation : null, KubeApi.StrategicMergePatch, token)).Status;
    }

    [Fact]
    public async Task Tokens_end_by_time_and_with_what_they_are_bound_to()
    {
        var cluster = kube.Cluster;
        await cluster.ApplyAsync(Account);
        var lasting = await cluster.IssueTokenAsync("kube-system", "account");
        var ending = await cluster.IssueTokenAsync("kube-system", "account", TimeSpan.FromSeconds(3), secret: "first");
        var bound = await cluster.IssueTokenAsync("kube-system", "account", secret: "second");

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK], await AskAsync());
        await cluster.Api.DeleteAsync("/api/v1/namespaces/kube-system/secrets/second");

        // The server remembers for ten seconds whom it has let in.
        await Eventually.BecomesAsync(
            AskAsync, seen => seen is [HttpStatusCode.OK, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized], TimeSpan.FromSeconds(30));

        async Task<HttpStatusCode[]> AskAsync() => await Task.WhenAll(
            new[] { lasting, ending, bound }.Select(async token => (await cluster.Api.TrySendAsync(HttpMethod.Get, "/api/v1/nodes", token: token)).Status));
    }

    [Fact]
    public async Task The_controller_manager_gives_each_node_a_network_of_each_family()
    {
        await using var cluster = await KubeCluster.StartAsync();
        await cluster.CreateNodeAsync("a");
        await cluster.StartControllerManagerAsync("10.244.0.0/16,fd00:244::/48");

        await cluster.CreateNodeAsync("b");

        Assert.Equal(4, (await Task.WhenAll(PodCidrsAsync("a"), PodCidrsAsync("b"))).SelectMany(cidrs => cidrs).Distinct().Count());

        async Task<string[]> PodCidrsAsync(string node) => await Eventually.BecomesAsync(
            async () => (await cluster.GetNodeAsync(node)).GetProperty("spec").TryGetProperty("podCIDRs", out var cidrs)
                ? cidrs.EnumerateArray().Select(cidr => cidr.GetString()!).ToArray()
                : [],
            cidrs => cidrs.Length == 2 && cidrs[0].StartsWith("10.244.", StringComparison.Ordinal) && cidrs[1].StartsWith("fd00:244:", StringComparison.Ordinal),
            TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_host_of_a_test_network_reaches_it_by_kubeconfig_and_by_a_relay_that_can_be_cut()
    {
        using var network = await TestNetwork.CreateAsync(1);
        await using var cluster = await KubeCluster.StartAsync(KubeClusterOptions.On(network));
        await using var relay = cluster.NewRelay();
        await cluster.CreateNodeAsync("a");
        var credentials = new KubeCredentials(Certificate: cluster.Authority.Issue("host1"));
        await cluster.KubectlAsync(["create", "clusterrolebinding", "host1", "--clusterrole=view", "--user=host1"]);
        await cluster.KubectlAsync(["create", "clusterrole", "nodes", "--verb=get", "--resource=nodes"]);
        await cluster.KubectlAsync(["create", "clusterrolebinding", "nodes", "--clusterrole=nodes", "--user=host1"]);

        var kubectl = await KubePrograms.KubectlAsync();
        var direct = cluster.WriteKubeconfig(credentials);
        var relayed = cluster.WriteKubeconfig(credentials, relay.Endpoint);
        Assert.Equal("node/a\n", await network.Hosts[0].RunAsync($"{kubectl} --kubeconfig={direct} get node a -o name"));
        Assert.Equal("node/a\n", await network.Hosts[0].RunAsync($"{kubectl} --kubeconfig={relayed} get node a -o name"));
        relay.Cut();
        Assert.NotEqual(0, (await network.Hosts[0].TryRunAsync($"{kubectl} --kubeconfig={relayed} get node a -o name")).ExitCode);
        relay.Mend();
        Assert.Equal("node/a\n", await network.Hosts[0].RunAsync($"{kubectl} --kubeconfig={relayed} get node a -o name"));
    }

    [Fact]
    public async Task Thousands_of_full_nodes_are_made_in_seconds()
    {
        await using var cluster = await KubeCluster.StartAsync();

        await cluster.CreateNodesAsync(Enumerable.Range(0, 1000).Select(number =>
            NodeObject.Full($"node-{number}", NodeObject.VxlanAnnotations($"192.0.{number >> 8}.{number & 255}", number), $"10.{number >> 8}.{number & 255}.0/24")));

        var items = (await cluster.Api.GetAsync("/api/v1/nodes")).GetProperty("items");
        Assert.Equal(1000, items.GetArrayLength());
        Assert.InRange(items[0].GetRawText().Length, 11_000, 14_000);
        var before = await cluster.GetNodeAsync("node-7");
        await cluster.HeartbeatAsync("node-7");
        Assert.NotEqual(before.GetRawText(), (await cluster.GetNodeAsync("node-7")).GetRawText());
    }
}
