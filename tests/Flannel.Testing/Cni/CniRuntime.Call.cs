using System.Text.Json;
using System.Text.Json.Nodes;
using Flannel.Cni;
using Flannel.Linux;
using Xunit;

namespace Flannel.Testing.Cni;

// One plugin, once: its environment, its configuration made of the list's, its answer.
public sealed partial class CniRuntime
{
    private string Network => _list["name"]!.GetValue<string>();

    private IEnumerable<JsonObject> Plugins => _list["plugins"]!.AsArray().Select(plugin => plugin!.AsObject());

    private bool IsSet(string member) => _list[member] is { } value && value.GetValue<bool>();

    private static Request Attach(string containerId, string netns, string ifName, CniOutcome attachment)
    {
        var members = new JsonObject();
        if (attachment.Result is { } previous)
        {
            members["prevResult"] = JsonObject.Create(previous);
        }

        return new Request(
            [$"CNI_CONTAINERID={containerId}", $"CNI_NETNS={netns}", $"CNI_IFNAME={ifName}", $"CNI_ARGS={attachment.Arguments}"], members, attachment.Capabilities);
    }

    private async Task<string> CallAsync(string command, JsonObject plugin, Request request)
    {
        string[] words =
        [
            "--ignore-environment", $"PATH={System.Environment.GetEnvironmentVariable("PATH")}", .. Environment.Select(variable => $"{variable.Key}={variable.Value}"),
            $"CNI_COMMAND={command}", $"CNI_PATH={path}", .. request.Variables, .. Launcher, Find(plugin["type"]!.GetValue<string>()),
        ];
        var input = Derive(plugin, request).ToJsonString();
        var answer = await host.Netns.Run(() => Tool.RunAsync("env", words, input, TestContext.Current.CancellationToken));
        return answer.ExitCode == 0 ? answer.Output : throw FaultOf(command, plugin, answer);
    }

    private JsonObject Derive(JsonObject plugin, Request request)
    {
        var config = plugin.DeepClone().AsObject();
        config["cniVersion"] = _list["cniVersion"]!.DeepClone();
        config["name"] = Network;
        foreach (var (name, value) in request.Members)
        {
            config[name] = value?.DeepClone();
        }

        if (config["capabilities"] is JsonObject declared)
        {
            config.Remove("capabilities");
            var granted = request.Capabilities?.Where(offer => declared[offer.Key] is JsonValue value && value.GetValue<bool>()).ToList() ?? [];
            if (granted.Count > 0)
            {
                config["runtimeConfig"] = new JsonObject(granted.Select(grant => KeyValuePair.Create(grant.Key, grant.Value?.DeepClone())));
            }
        }

        return config;
    }

    private string Find(string type) =>
        path.Split(':').Select(folder => Path.Combine(folder, type)).FirstOrDefault(File.Exists) ?? throw new FileNotFoundException($"no plugin {type} in {path}");

    // A program that was killed, maybe with its result written already, or that fails without a document, is not what a runtime can act upon.
    private Exception FaultOf(string command, JsonObject plugin, ToolResult answer)
    {
        try
        {
            var document = JsonElement.Parse(answer.Output);
            return new CniException(
                document.GetProperty("code").GetInt32(), document.GetProperty("msg").GetString()!,
                document.TryGetProperty("details", out var details) ? details.GetString() : null);
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException)
        {
            return new CommandException(host.Name, $"{command} {plugin["type"]}", plugin.ToJsonString(), answer);
        }
    }

    // What a call has besides what all calls have.
    private sealed record Request(IReadOnlyList<string> Variables, JsonObject Members, JsonObject? Capabilities = null);
}
