namespace Flannel.Testing.Kube;

/// <summary>The service account a daemon runs as, with just the rights that deploy/kube-flannel.yml gives it.</summary>
public static class FlannelAccount
{
    private const string Namespace = "kube-system";

    // What each rule of the manifest begins with.
    private const string Rule = "- apiGroups:";

    /// <summary>Makes the account with its rights, and gives a kubeconfig file for it.</summary>
    /// <param name="cluster">Where.</param>
    /// <param name="name">Its name; accounts of one cluster do not share rights.</param>
    /// <param name="endpoint">Another way to the API server, such as a <see cref="Relay"/>'s.</param>
    public static async Task<string> CreateAsync(KubeCluster cluster, string name = "flannel", Uri? endpoint = null)
    {
        await GrantAsync(cluster, name);
        return cluster.WriteKubeconfig(new KubeCredentials(await cluster.IssueTokenAsync(Namespace, name)), endpoint);
    }

    /// <summary>Gives the account its rights.</summary>
    /// <param name="cluster">Where.</param>
    /// <param name="name">Its name.</param>
    /// <param name="events">Whether it may leave events, which the original neither does nor is granted.</param>
    public static Task GrantAsync(KubeCluster cluster, string name, bool events = true) => cluster.ApplyAsync(Manifest(name, RulesOfManifest(events)));

    /// <summary>Takes all its rights away.</summary>
    public static Task RevokeAsync(KubeCluster cluster, string name) => cluster.ApplyAsync(Manifest(name, """
        - { apiGroups: [""], resources: [nodes], verbs: [deletecollection] }
        """));

    private static string RulesOfManifest(bool events)
    {
        var objects = File.ReadAllText(Checkout.File("deploy", "kube-flannel.yml")).Split("\n---\n");
        var role = objects.Single(text => text.Contains("\nkind: ClusterRole\n", StringComparison.Ordinal));
        var rules = role[role.IndexOf(Rule, StringComparison.Ordinal)..].Split(Rule, StringSplitOptions.RemoveEmptyEntries);
        return string.Concat(rules.Where(rule => events || !rule.Contains("- events\n", StringComparison.Ordinal)).Select(rule => Rule + rule));
    }

    private static string Manifest(string name, string rules) => $$"""
        apiVersion: v1
        kind: ServiceAccount
        metadata: { name: {{name}}, namespace: {{Namespace}} }
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: { name: {{name}} }
        rules:
        {{rules}}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: { name: {{name}} }
        roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {{name}} }
        subjects:
        - { kind: ServiceAccount, name: {{name}}, namespace: {{Namespace}} }
        """;
}
