using System.Text.Json;
using System.Text.Json.Nodes;

namespace Flannel.Testing.Cni;

/// <summary>What an ADD was asked and what the chain came to so far: the later calls for the same attachment are told both.</summary>
/// <param name="Result">The document of the last plugin; null where there is none.</param>
/// <param name="Capabilities">What the runtime offered.</param>
/// <param name="Arguments"><c>CNI_ARGS</c>.</param>
internal sealed record CniOutcome(JsonElement? Result, JsonObject Capabilities, string Arguments)
{
    /// <summary>Of an attachment that nobody asked for.</summary>
    public static readonly CniOutcome Unknown = new(null, [], "");
}
