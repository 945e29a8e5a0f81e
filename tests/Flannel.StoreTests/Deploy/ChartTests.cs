using System.Text.Json;
using Flannel.Config;
using Flannel.Linux;
using Flannel.Testing;
using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.StoreTests.Deploy;

/// <summary>
/// The Helm chart: one folder of Golden for each set of values. What the defaults give is there in full, for the others as <c>diff --unified=2</c> against it. Cases R1 to R6
/// of the catalogue say so in their values.
/// </summary>
public sealed class ChartTests(DeployCluster server) : IClassFixture<DeployCluster>
{
    private const string Defaults = "defaults";

    public static TheoryData<string> Cases => [.. Directory.GetDirectories(Golden()).Select(folder => Path.GetFileName(folder)).Order()];

    [Fact]
    public async Task The_defaults_render_word_for_word() =>
        Assert.Equal(await File.ReadAllTextAsync(Golden(Defaults, "expected.yaml"), TestContext.Current.CancellationToken), await RenderAsync(Defaults));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Values_change_what_they_should_and_nothing_else(string values)
    {
        var expected = values == Defaults ? "" : await File.ReadAllTextAsync(Golden(values, "expected.diff"), TestContext.Current.CancellationToken);
        string[] arguments = ["--unified=2", "--label", Defaults, "--label", values, Golden(Defaults, "expected.yaml"), "-"];
        var result = await Tool.RunAsync("diff", arguments, await RenderAsync(values), TestContext.Current.CancellationToken);
        Assert.Equal(expected, result.Output);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_API_server_accepts_it(string values)
    {
        var answer = await server.TryAsync(await RenderAsync(values));
        Assert.Equal(
            ["serviceaccount/flannel", "configmap/kube-flannel-cfg", "clusterrole.rbac.authorization.k8s.io/flannel", "clusterrolebinding.rbac.authorization.k8s.io/flannel", "daemonset.apps/kube-flannel-ds"],
            answer.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Its_network_configuration_is_one_a_daemon_reads(string values)
    {
        // Of all its objects the ConfigMap alone has data.
        var data = JsonElement.Parse(await server.Cluster.KubectlAsync(["create", "--dry-run=client", "-o", "jsonpath={.data}", "-f", "-"], await RenderAsync(values)));

        NetworkConfig.Parse(data.GetProperty("net-conf.json").GetString()!).RequireFamily();
        Assert.NotEqual(0, JsonElement.Parse(data.GetProperty("cni-conf.json").GetString()!).GetProperty("plugins").GetArrayLength());
    }

    private static Task<string> RenderAsync(string values) => ChartRenderer.RenderAsync(Golden(values, "values.yaml"));

    private static string Golden(params ReadOnlySpan<string> parts) => Checkout.File(["tests", "Flannel.StoreTests", "Deploy", "Golden", .. parts]);
}
