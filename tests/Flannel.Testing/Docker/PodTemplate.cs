using System.Text.Json;
using Flannel.Testing.Kube;

namespace Flannel.Testing.Docker;

/// <summary>The pod of deploy/kube-flannel.yml, and how docker runs its containers as a kubelet would: user, rights, mounts, environment, network.</summary>
public sealed class PodTemplate
{
    private readonly JsonElement _spec;

    private PodTemplate(JsonElement spec) => _spec = spec;

    /// <summary>Applies the manifest and reads the pod as the server has it.</summary>
    public static async Task<PodTemplate> ApplyAsync(KubeCluster cluster)
    {
        await cluster.KubectlAsync(["apply", "-f", Checkout.File("deploy", "kube-flannel.yml")]);
        var daemons = await cluster.Api.GetAsync("/apis/apps/v1/namespaces/kube-flannel/daemonsets/kube-flannel-ds");
        return new PodTemplate(daemons.GetProperty("spec").GetProperty("template").GetProperty("spec"));
    }

    /// <summary>The words for <c>docker run</c>, up to the container's own arguments.</summary>
    /// <param name="name">Of a container or an init container.</param>
    /// <param name="hostPaths">What stands for the folders of the machine, by the names of the pod's volumes.</param>
    /// <param name="more">More options; they win.</param>
    public IReadOnlyList<string> Options(string name, IReadOnlyDictionary<string, string> hostPaths, params IReadOnlyList<string> more)
    {
        var container = Container(name);
        return
        [
            "run", $"--name={name}", "--network=host", .. Rights(container.GetProperty("securityContext")), .. Mounts(container, hostPaths), .. Environment(container),
            $"--entrypoint={container.GetProperty("command")[0].GetString()}", .. more, container.GetProperty("image").GetString()!,
        ];
    }

    /// <summary>What the manifest has the container's program do.</summary>
    public IReadOnlyList<string> Arguments(string name) => [.. Texts(Container(name).GetProperty("args"))];

    private JsonElement Container(string name) => _spec.GetProperty("initContainers").EnumerateArray().Concat(_spec.GetProperty("containers").EnumerateArray())
        .Single(container => container.GetProperty("name").GetString() == name);

    // Without another word docker filters system calls by its default profile, which is what RuntimeDefault asks of it.
    private static IEnumerable<string> Rights(JsonElement context)
    {
        if (context.GetProperty("readOnlyRootFilesystem").GetBoolean())
        {
            yield return "--read-only";
        }

        if (!context.GetProperty("allowPrivilegeEscalation").GetBoolean())
        {
            yield return "--security-opt=no-new-privileges";
        }

        var capabilities = context.GetProperty("capabilities");
        foreach (var (list, flag) in new[] { ("drop", "--cap-drop"), ("add", "--cap-add") })
        {
            foreach (var capability in capabilities.TryGetProperty(list, out var named) ? Texts(named) : [])
            {
                yield return $"{flag}={capability}";
            }
        }
    }

    private static IEnumerable<string> Mounts(JsonElement container, IReadOnlyDictionary<string, string> hostPaths) =>
        from mount in container.GetProperty("volumeMounts").EnumerateArray()
        select $"--volume={hostPaths[mount.GetProperty("name").GetString()!]}:{mount.GetProperty("mountPath").GetString()}";

    // What a kubelet would look up in the pod is the test's to give.
    private static IEnumerable<string> Environment(JsonElement container) => !container.TryGetProperty("env", out var variables) ? [] :
        from variable in variables.EnumerateArray()
        where variable.TryGetProperty("value", out _)
        select $"--env={variable.GetProperty("name").GetString()}={variable.GetProperty("value").GetString()}";

    private static IEnumerable<string> Texts(JsonElement list) => list.EnumerateArray().Select(text => text.GetString()!);
}
