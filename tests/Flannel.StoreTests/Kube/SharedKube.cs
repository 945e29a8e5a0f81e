using System.Text.Json.Nodes;
using Flannel.Stores.Kube;
using Flannel.Testing;
using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.StoreTests.Kube;

/// <summary>One cluster for the tests of a class, each with nodes of its own, and a user of it who may do what flannel does.</summary>
public class SharedKube : IAsyncLifetime
{
    private const string User = "flannel";

    private KubeCluster? _cluster;

    public KubeCluster Cluster => _cluster!;

    protected virtual KubeClusterOptions ClusterOptions => new();

    public async ValueTask InitializeAsync()
    {
        _cluster = await KubeCluster.StartAsync(ClusterOptions);
        await GrantAsync(_cluster);
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _cluster?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    /// <summary>Gives the user, and the service account of its name, the rights of flannel's manifest.</summary>
    internal static async Task GrantAsync(KubeCluster cluster)
    {
        const string Group = "rbac.authorization.k8s.io";
        await FlannelAccount.GrantAsync(cluster, User);
        await cluster.Api.PostAsync($"/apis/{Group}/v1/clusterrolebindings", JsonNode.Parse($$"""
            { "metadata": { "name": "{{User}}-user" }, "roleRef": { "apiGroup": "{{Group}}", "kind": "ClusterRole", "name": "{{User}}" },
              "subjects": [ { "kind": "User", "apiGroup": "{{Group}}", "name": "{{User}}" } ] }
            """)!);
        // The server learns of its own roles by a watch.
        await Eventually.IsTrueAsync(() => MayListAsync(cluster));
    }

    /// <summary>As the kubeconfig of that user says, who has a client certificate unless told otherwise.</summary>
    internal static KubeOptions Options(KubeCluster cluster, KubeCredentials? credentials = null, Uri? endpoint = null)
    {
        credentials ??= new KubeCredentials(Certificate: cluster.Authority.Issue(User));
        return KubeOptions.FromKubeconfig(cluster.WriteKubeconfig(credentials, endpoint), environment: _ => null) with
        {
            Annotations = new KubeAnnotationFilter("flannel.alpha.coreos.com/"),
        };
    }

    internal static KubeClient NewClient(KubeCluster cluster) => new(Options(cluster));

    internal static async Task<List<KubeNodeEvent>> ListAsync(KubeClient client, bool fromCache, CancellationToken cancellationToken)
    {
        var told = new List<KubeNodeEvent>();
        await foreach (var one in client.ListNodesAsync(fromCache, cancellationToken: cancellationToken))
        {
            told.Add(one);
        }

        return told;
    }

    private static async Task<bool> MayListAsync(KubeCluster cluster)
    {
        var question = JsonNode.Parse($$"""{ "spec": { "user": "{{User}}", "resourceAttributes": { "verb": "list", "resource": "nodes" } } }""");
        var answer = await cluster.Api.PostAsync("/apis/authorization.k8s.io/v1/subjectaccessreviews", question!);
        return answer.GetProperty("status").GetProperty("allowed").GetBoolean();
    }
}
