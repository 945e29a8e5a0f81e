using System.Text.Json;
using System.Text.Json.Nodes;
using Flannel.Cni;

namespace Flannel.Testing.Cni;

/// <summary>
/// Calls plugins on a host the way a container runtime does (CNI specification 1.1, section 3): the chain of a configuration list in order for ADD and CHECK and in
/// reverse for DEL, each plugin with the result it has to build upon and the capabilities it declares.
/// <code>
/// var runtime = new CniRuntime(host, conflist, CniPrograms.Native);
/// using var pod = new PodSandbox(host, "pod1");
/// var result = await runtime.AddAsync(pod);
/// </code>
/// Faults that a plugin reports are <see cref="CniException"/> with its code, message and details.
/// </summary>
/// <param name="host">Where the plugins run.</param>
/// <param name="conflist">The configuration list, as it would stand in <c>/etc/cni/net.d</c>. Its plugins keep what they keep where it says, so let it name folders of the test.</param>
/// <param name="path"><c>CNI_PATH</c>: one folder or several parted by colons; <see cref="CniPrograms"/> has some.</param>
public sealed partial class CniRuntime(Node host, string conflist, string path)
{
    private readonly JsonObject _list = JsonNode.Parse(conflist)!.AsObject();

    /// <summary>Words in front of each plugin's file, such as <c>timeout -s KILL 0.005</c>.</summary>
    public IReadOnlyList<string> Launcher { get; init; } = [];

    /// <summary>Variables for every call besides those of the specification.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Attaches the pod and returns the result of the last plugin. After a fault the runtime has to call DEL, as with any other.</summary>
    /// <param name="pod">Whom.</param>
    /// <param name="capabilities">What the runtime offers, such as <c>portMappings</c>; a plugin gets what it declares.</param>
    /// <param name="ifName">The name of the interface inside.</param>
    /// <param name="arguments"><c>CNI_ARGS</c>.</param>
    public async Task<JsonElement> AddAsync(PodSandbox pod, JsonObject? capabilities = null, string ifName = "eth0", string arguments = "")
    {
        var attachment = new CniOutcome(null, capabilities ?? [], arguments);
        pod.Remember(Network, ifName, attachment);
        JsonElement? result = null;
        foreach (var plugin in Plugins)
        {
            result = JsonElement.Parse(await CallAsync("ADD", plugin, Attach(pod.ContainerId, pod.Netns.Path, ifName, attachment with { Result = result })));
        }

        pod.Remember(Network, ifName, attachment with { Result = result });
        return result!.Value;
    }

    /// <summary>Detaches the pod. May be called again, and for a pod that was never attached or by halves.</summary>
    /// <param name="pod">Whom.</param>
    /// <param name="ifName">The name of the interface inside.</param>
    /// <param name="netns"><c>CNI_NETNS</c> of a namespace that is gone: empty, or the path where it was. Null where it is there.</param>
    public async Task DeleteAsync(PodSandbox pod, string ifName = "eth0", string? netns = null)
    {
        var attachment = pod.Recall(Network, ifName) ?? CniOutcome.Unknown;
        foreach (var plugin in Plugins.Reverse())
        {
            await CallAsync("DEL", plugin, Attach(pod.ContainerId, netns ?? pod.Netns.Path, ifName, attachment));
        }

        pod.Forget(Network, ifName);
    }

    /// <summary>Has every plugin compare what is there with the result of ADD, unless the list forbids it.</summary>
    public async Task CheckAsync(PodSandbox pod, string ifName = "eth0")
    {
        if (IsSet("disableCheck"))
        {
            return;
        }

        var attachment = pod.Recall(Network, ifName) ?? CniOutcome.Unknown;
        foreach (var plugin in Plugins)
        {
            await CallAsync("CHECK", plugin, Attach(pod.ContainerId, pod.Netns.Path, ifName, attachment));
        }
    }

    /// <summary>Has every plugin give back what belongs to none of these attachments, also after a fault of another, unless the list forbids it.</summary>
    /// <exception cref="AggregateException">All faults.</exception>
    public async Task CollectGarbageAsync(params IEnumerable<CniAttachment> valid)
    {
        if (IsSet("disableGC"))
        {
            return;
        }

        var attachments = new JsonArray(
            [.. valid.Select(item => new JsonObject { ["containerID"] = item.ContainerId, ["ifname"] = item.IfName })]);
        List<CniException> faults = [];
        foreach (var plugin in Plugins)
        {
            try
            {
                await CallAsync("GC", plugin, new Request([], new JsonObject { ["cni.dev/valid-attachments"] = attachments.DeepClone() }));
            }
            catch (CniException fault)
            {
                faults.Add(fault);
            }
        }

        if (faults.Count > 0)
        {
            throw new AggregateException(faults);
        }
    }

    /// <summary>Asks every plugin whether it could attach a pod.</summary>
    public async Task ReportStatusAsync()
    {
        foreach (var plugin in Plugins)
        {
            await CallAsync("STATUS", plugin, new Request([], []));
        }
    }
}
