using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Flannel.Testing;
using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.StoreTests.Deploy;

/// <summary>What the manifest's ServiceAccount may do: what the daemon does, and nothing more.</summary>
public sealed class RightsTests
{
    [Fact]
    public async Task The_account_may_do_what_the_daemon_does_and_nothing_more()
    {
        await using var cluster = await KubeCluster.StartAsync();
        await cluster.ApplyAsync(await File.ReadAllTextAsync(Checkout.File("deploy", "kube-flannel.yml"), TestContext.Current.CancellationToken));
        await cluster.CreateNodeAsync("a", "10.244.0.0/24");
        var token = await cluster.IssueTokenAsync("kube-flannel", "flannel");
        var patch = JsonNode.Parse("""{ "metadata": { "annotations": { "example.org/by": "flannel" } } }""");

        Assert.Equal(HttpStatusCode.OK, await AskAsync(HttpMethod.Get, "/api/v1/nodes"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(HttpMethod.Get, "/api/v1/nodes?watch=true&timeoutSeconds=1"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(HttpMethod.Get, "/api/v1/nodes/a"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(HttpMethod.Patch, "/api/v1/nodes/a/status", patch));
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(HttpMethod.Get, "/api/v1/namespaces/kube-flannel/pods/none"));
        Assert.Equal(HttpStatusCode.Created, await AskAsync(HttpMethod.Post, "/api/v1/namespaces/default/events", Event()));

        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(HttpMethod.Patch, "/api/v1/nodes/a", patch));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(HttpMethod.Delete, "/api/v1/nodes/a"));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(HttpMethod.Get, "/api/v1/pods"));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(HttpMethod.Get, "/api/v1/namespaces/kube-flannel/secrets"));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(HttpMethod.Get, "/api/v1/namespaces/default/events"));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(HttpMethod.Patch, "/api/v1/namespaces/default/events/a.1", JsonNode.Parse("""{ "count": 2 }""")));

        async Task<HttpStatusCode> AskAsync(HttpMethod method, string path, JsonNode? body = null) => (await cluster.Api.TrySendAsync(
            method, path, body?.DeepClone(), method == HttpMethod.Patch ? KubeApi.StrategicMergePatch : null, token)).Status;
    }

    [Fact]
    public async Task The_server_lists_these_rights_alone()
    {
        await using var cluster = await KubeCluster.StartAsync();
        await cluster.ApplyAsync(await File.ReadAllTextAsync(Checkout.File("deploy", "kube-flannel.yml"), TestContext.Current.CancellationToken));
        var token = await cluster.IssueTokenAsync("kube-flannel", "flannel");
        var asked = JsonNode.Parse("""
            { "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": { "namespace": "kube-flannel" } }
            """);

        var review = await cluster.Api.TrySendAsync(HttpMethod.Post, "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", asked, token: token);

        Assert.Equal(
            ["events: create", "nodes/status: patch", "nodes: get list watch", "pods: get"],
            review.Body.GetProperty("status").GetProperty("resourceRules").EnumerateArray().Where(IsOurs).Select(Describe).Order(StringComparer.Ordinal));
    }

    // Everybody may ask what they may.
    private static bool IsOurs(JsonElement rule) => !Texts(rule, "apiGroups").Contains("authorization.k8s.io");

    private static string Describe(JsonElement rule) =>
        $"{string.Join(' ', Texts(rule, "resources"))}: {string.Join(' ', Texts(rule, "verbs").Order(StringComparer.Ordinal))}";

    private static IEnumerable<string?> Texts(JsonElement rule, string name) => rule.GetProperty(name).EnumerateArray().Select(text => text.GetString());

    private static JsonNode? Event() => JsonNode.Parse("""
        {
          "apiVersion": "v1", "kind": "Event", "metadata": { "name": "a.1", "namespace": "default" }, "type": "Warning", "reason": "Test", "message": "a test",
          "involvedObject": { "kind": "Node", "name": "a" }, "source": { "component": "flannel", "host": "a" }
        }
        """);
}
