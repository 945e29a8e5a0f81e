using System.Text.Json;

namespace Flannel.Cni;

/// <summary>The configuration of one plugin as it stands on standard input (CNI specification 1.1, section 2), or as a plugin makes it for its delegate.</summary>
public sealed class PluginConfig
{
    /// <summary>The member that GC brings (CNI specification 1.1, section 2).</summary>
    internal const string AttachmentsName = "cni.dev/valid-attachments";

    private const int ShownVersion = 40;

    private CniResult? _previousResult;

    private PluginConfig(ReadOnlyMemory<byte> utf8, JsonElement root)
    {
        (Utf8, Root) = (utf8, root);
        Name = root.Text("name");
        Type = root.Text("type");
        HasVersion = root.Text("cniVersion").Length > 0;
        CniVersion = HasVersion ? ReadVersion(root.Text("cniVersion")) : CniVersion.V010;
    }

    /// <summary>Exactly what was read, for a delegate that is another program.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; }

    /// <summary>All members; <see cref="JsonMembers"/> reads them.</summary>
    public JsonElement Root { get; }

    /// <summary>The name of the network; empty where there is none.</summary>
    public string Name { get; }

    public string Type { get; }

    /// <summary>One of <see cref="CniVersion.Supported"/>; 0.1.0 where none is given.</summary>
    public CniVersion CniVersion { get; }

    /// <summary>Whether <c>cniVersion</c> is there and not empty.</summary>
    public bool HasVersion { get; }

    /// <summary>The <c>type</c> of <c>ipam</c>; empty where there is none.</summary>
    public string IpamType => Ipam?.Text("type") ?? "";

    public JsonElement? Ipam => Root.Object("ipam");

    /// <summary>What the runtime grants from the capabilities of the configuration.</summary>
    public JsonElement? RuntimeConfig => Root.Object("runtimeConfig");

    /// <summary>What the plugins before this one in the chain came to, or the whole chain for CHECK and DEL; null where there is nothing.</summary>
    /// <exception cref="CniException">It is there and cannot be read: code 6.</exception>
    public CniResult? PreviousResult => _previousResult ??= Root.Object("prevResult") is { } previous ? CniResultJson.Read(previous, CniVersion) : null;

    /// <summary>
    /// The attachments that GC is to keep; null where the runtime names none, and then nothing may be collected. Runtimes write <c>null</c> for an empty list; both names
    /// that the specification had are read.
    /// </summary>
    public IReadOnlySet<CniAttachment>? ValidAttachments
    {
        get
        {
            if (!Root.TryGetProperty(AttachmentsName, out var list) && !Root.TryGetProperty("cni.dev/attachments", out list))
            {
                return null;
            }

            HashSet<CniAttachment> attachments = [];
            foreach (var item in list.Elements(AttachmentsName))
            {
                attachments.Add(new CniAttachment(item.Text("containerID"), item.Text("ifname")));
            }

            return attachments;
        }
    }

    /// <exception cref="CniException">The text is not a JSON object, or a member that every configuration has is of another type: code 6; a version nobody knows: code 1.</exception>
    public static PluginConfig Parse(ReadOnlyMemory<byte> utf8)
    {
        JsonElement root;
        try
        {
            root = UnicodeJson.Parse(utf8);
        }
        catch (JsonException malformed)
        {
            throw new CniException(CniException.DecodingFailure, $"failed to load netconf: {malformed.Place()}", cause: malformed);
        }

        return root.ValueKind == JsonValueKind.Object
            ? new PluginConfig(utf8, root)
            : throw new CniException(CniException.DecodingFailure, "failed to load netconf: it is not a JSON object");
    }

    private static CniVersion ReadVersion(string text) =>
        CniVersion.TryParse(text, out var version) && CniVersion.Supported.Contains(version)
            ? version
            : throw new CniException(
                CniException.IncompatibleVersion,
                "incompatible CNI versions",
                $"config is \"{text.Cut(ShownVersion)}\", plugin supports [{string.Join(' ', CniVersion.Supported.Select(supported => $"\"{supported}\""))}]");
}
