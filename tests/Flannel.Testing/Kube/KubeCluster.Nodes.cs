using System.Text.Json;
using System.Text.Json.Nodes;

namespace Flannel.Testing.Kube;

public sealed partial class KubeCluster
{
    private const int AtOnce = 32;

    /// <summary>Makes a node that no kubelet stands behind.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="podCidrs">Its pod networks; none when a controller manager is to assign them.</param>
    public Task<JsonElement> CreateNodeAsync(string name, params IReadOnlyList<string> podCidrs) => CreateNodeAsync(NodeObject.Plain(name, podCidrs));

    public Task<JsonElement> CreateNodeAsync(JsonObject node) => Api.PostAsync(NodePath(), node);

    /// <summary>Makes many, several at a time.</summary>
    public Task CreateNodesAsync(IEnumerable<JsonObject> nodes) =>
        Parallel.ForEachAsync(nodes, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (node, _) => await CreateNodeAsync(node));

    public Task<JsonElement> GetNodeAsync(string name) => Api.GetAsync(NodePath(name));

    /// <summary>Changes a node by a merge patch.</summary>
    public Task<JsonElement> PatchNodeAsync(string name, JsonNode patch) => Api.PatchAsync(NodePath(name), patch);

    /// <summary>Sets annotations of a node, and removes those whose value is null.</summary>
    public Task<JsonElement> AnnotateAsync(string name, IReadOnlyDictionary<string, string?> annotations)
    {
        var changes = new JsonObject(annotations.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
        return PatchNodeAsync(name, new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = changes } });
    }

    /// <summary>The annotations of a node; empty when it has none.</summary>
    public async Task<IReadOnlyDictionary<string, string>> AnnotationsAsync(string name)
    {
        var metadata = (await GetNodeAsync(name)).GetProperty("metadata");
        return metadata.TryGetProperty("annotations", out var annotations)
            ? annotations.EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetString()!)
            : new Dictionary<string, string>();
    }

    /// <summary>What a kubelet does each few minutes: the Ready condition anew, which changes nothing that flannel reads.</summary>
    public Task<JsonElement> HeartbeatAsync(string name) =>
        Api.PatchAsync(NodePath(name) + "/status", new JsonObject { ["status"] = new JsonObject { ["conditions"] = NodeObject.Conditions() } }, KubeApi.StrategicMergePatch);

    public Task DeleteNodeAsync(string name) => Api.DeleteAsync(NodePath(name));

    /// <summary>Removes nodes behind the API server's back, and with them the history that would tell of it.</summary>
    /// <param name="from">The first name.</param>
    /// <param name="to">The first name that stays, in the order of bytes.</param>
    public async Task EraseNodesAsync(string from, string to)
    {
        await _etcd.CtlAsync("del", $"/registry/minions/{from}", $"/registry/minions/{to}");
        var status = JsonElement.Parse(await _etcd.CtlAsync("endpoint", "status", "-w", "json"));
        await _etcd.CtlAsync("compact", status[0].GetProperty("Status").GetProperty("header").GetProperty("revision").GetRawText());
    }

    private static string NodePath(string name = "") => name.Length == 0 ? "/api/v1/nodes" : $"/api/v1/nodes/{name}";
}
