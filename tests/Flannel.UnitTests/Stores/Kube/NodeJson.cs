using System.Text;
using Flannel.Stores.Kube;

namespace Flannel.UnitTests.Stores.Kube;

/// <summary>What an API server would send, and what the parser makes of it in pieces of given lengths.</summary>
internal static class NodeJson
{
    public const string FlannelPrefix = "flannel.alpha.coreos.com/";

    public static string Node(string name, string annotations = "{}", string spec = """{"podCIDR":"10.244.1.0/24","podCIDRs":["10.244.1.0/24","fd00:1::/64"]}""") => $$$"""
        {"kind":"Node","metadata":{"name":"{{{name}}}","uid":"uid-{{{name}}}","resourceVersion":"7","labels":{"name":"not this"},"annotations":{{{annotations}}},
        "managedFields":[{"manager":"kubelet","fieldsV1":{"f:metadata":{"f:annotations":{".":{}},"name":"nor this"}} }]},
        "spec":{{{spec}}},"status":{"addresses":[{"type":"InternalIP","address":"192.0.2.1"}],"images":[{"names":["a","é€😀"],"sizeBytes":1e9}],"name":null} }
        """;

    public static string List(string version, string next, params IEnumerable<string> nodes) =>
        $$$"""{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"{{{version}}}","continue":"{{{next}}}"},"items":[{{{string.Join(',', nodes)}}}]}""";

    public static string Event(string type, string node) => $$$"""{"type":"{{{type}}}","object":{{{node}}}}""" + "\n";

    /// <summary>Feeds a text in pieces of these lengths, the last taking the rest.</summary>
    public static List<KubeNodeEvent> Parse(NodeParser parser, byte[] text, params IEnumerable<int> lengths)
    {
        var told = new List<KubeNodeEvent>();
        var unread = Array.Empty<byte>();
        var start = 0;
        foreach (var length in lengths.Append(text.Length))
        {
            var end = Math.Min(text.Length, start + length);
            byte[] piece = [.. unread, .. text.AsSpan(start, end - start)];
            unread = piece[parser.Parse(piece, told)..];
            start = end;
        }

        return told;
    }

    public static List<KubeNodeEvent> Parse(NodeParser parser, string text) => Parse(parser, Encoding.UTF8.GetBytes(text));

    /// <summary>One line for all that was told, to compare by.</summary>
    public static string Show(IEnumerable<KubeNodeEvent> told) => string.Join('\n', told.Select(one =>
        ($"{one.Type} {one.Node.Name} {one.Node.Uid} {one.Node.ResourceVersion} [{one.Node.PodCidr ?? "-"}] {string.Join(',', one.Node.PodCidrs)} "
        + string.Join(',', one.Node.Annotations.Select(pair => $"{pair.Key}={pair.Value}"))).TrimEnd()));
}
