using System.Text.Json;
using System.Text.RegularExpressions;
using Flannel.Linux;
using Flannel.Testing;
using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.StoreTests.Deploy;

/// <summary>deploy/kube-flannel.yml and the variants beside it.</summary>
public sealed partial class ManifestTests(DeployCluster server) : IClassFixture<DeployCluster>
{
    [Fact]
    public async Task The_checked_in_manifest_is_what_its_sources_make()
    {
        var environment = $"KUBECTL={await KubePrograms.KubectlAsync()}";
        var result = await Tool.RunAsync("env", [environment, Checkout.File("deploy", "generate"), "--check"], cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(result.ExitCode == 0, result.Error);
    }

    // Case N2.
    [Theory]
    [InlineData("base")]
    [InlineData("app-selector")]
    [InlineData("minikube")]
    public async Task The_API_server_accepts_every_variant(string variant)
    {
        var manifest = await server.Cluster.KubectlAsync(["kustomize", Checkout.File("deploy", "kustomize", variant)]);
        var answer = await server.TryAsync(manifest);
        Assert.Equal(
            ["serviceaccount/flannel", "clusterrole.rbac.authorization.k8s.io/flannel", "clusterrolebinding.rbac.authorization.k8s.io/flannel", "configmap/kube-flannel-cfg", "daemonset.apps/kube-flannel-ds"],
            answer.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]).Where(name => name != "namespace/kube-flannel"));
    }

    [Theory]
    [InlineData("base")]
    [InlineData("app-selector")]
    [InlineData("minikube")]
    public async Task Every_container_has_the_rights_it_needs_and_no_more(string variant)
    {
        var manifest = await server.Cluster.KubectlAsync(["kustomize", Checkout.File("deploy", "kustomize", variant)]);

        // Of all its objects the DaemonSet alone has a template.
        var pod = JsonElement.Parse(await server.Cluster.KubectlAsync(["create", "--dry-run=client", "-o", "jsonpath={.spec.template.spec}", "-f", "-"], manifest));

        Assert.Equal("""{"seccompProfile":{"type":"RuntimeDefault"}}""", pod.GetProperty("securityContext").ToString());
        Assert.Equal([With("""{"add":["NET_ADMIN","NET_RAW"],"drop":["ALL"]}""")], Rights("containers"));
        Assert.Equal(Enumerable.Repeat(With("""{"drop":["ALL"]}"""), 2), Rights("initContainers"));
        Assert.False(pod.TryGetProperty("hostPID", out _) || pod.TryGetProperty("hostIPC", out _));

        string With(string capabilities) =>
            $$"""{"allowPrivilegeEscalation":false,"capabilities":{{capabilities}},"privileged":false,"readOnlyRootFilesystem":true}""";

        IEnumerable<string> Rights(string containers) => pod.GetProperty(containers).EnumerateArray().Select(container => container.GetProperty("securityContext").ToString());
    }

    [Fact]
    public async Task Manifest_and_chart_name_the_image_of_this_version()
    {
        var version = $"v{VersionPattern().Match(await ReadAsync("Directory.Build.props")).Groups[1].Value}";
        Assert.Equal([$"flannel-cs:{version}"], ImagePattern().Matches(await ReadAsync("deploy", "kube-flannel.yml")).Select(match => match.Groups[1].Value).Distinct());
        Assert.Equal(2, Regex.Count(await ReadAsync("deploy", "chart", "flannel", "values.yaml"), $"repository: flannel-cs\n +tag: {version}\n"));
        Assert.Contains($"\nversion: {version}\nappVersion: {version}\n", await ReadAsync("deploy", "chart", "flannel", "Chart.yaml"), StringComparison.Ordinal);
    }

    /// <summary>Applied over the original it is an upgrade in place, and so is the way back: nothing of the one stays in the other.</summary>
    [Theory]
    [InlineData("base", "app: flannel, k8s-app: flannel")]
    [InlineData("app-selector", "app: flannel")]
    public async Task The_original_is_upgraded_and_brought_back(string variant, string selector)
    {
        await using var cluster = await KubeCluster.StartAsync();
        var ours = await cluster.KubectlAsync(["kustomize", Checkout.File("deploy", "kustomize", variant)]);
        await cluster.ApplyAsync(OriginalManifest.WithSelector(selector));
        var original = await SpecAsync(cluster);

        Assert.Contains("daemonset.apps/kube-flannel-ds configured", await cluster.ApplyAsync(ours), StringComparison.Ordinal);
        var upgraded = await SpecAsync(cluster);
        Assert.DoesNotContain("original", upgraded, StringComparison.Ordinal);
        await cluster.KubectlAsync(["delete", "daemonset", "kube-flannel-ds", "--namespace=kube-flannel"]);
        await cluster.ApplyAsync(ours);
        Assert.Equal(await SpecAsync(cluster), upgraded);

        await cluster.ApplyAsync(OriginalManifest.WithSelector(selector));
        Assert.Equal(original, await SpecAsync(cluster));
    }

    private static async Task<string> SpecAsync(KubeCluster cluster) =>
        (await cluster.Api.GetAsync("/apis/apps/v1/namespaces/kube-flannel/daemonsets/kube-flannel-ds")).GetProperty("spec").ToString();

    private static Task<string> ReadAsync(params ReadOnlySpan<string> parts) => File.ReadAllTextAsync(Checkout.File(parts), TestContext.Current.CancellationToken);

    [GeneratedRegex("<Version>(.*)</Version>")]
    private static partial Regex VersionPattern();

    [GeneratedRegex("image: (.*)")]
    private static partial Regex ImagePattern();
}
