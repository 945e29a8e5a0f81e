using System.Globalization;
using System.Text;
using System.Text.Json;
using Flannel.Stores.Kube;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flannel.UnitTests.Stores.Kube;

public sealed class NodeParserTests
{
    private const string Annotations = """
        {"flannel.alpha.coreos.com/backend-type":"vxlan","flannel.alpha.coreos.com/backend-data":"{\"VNI\":1,\"VtepMAC\":\"02:00:00:00:00:01\"}","node.alpha.kubernetes.io/ttl":"0",
        "flannel.alpha.coreos.com/public-ip":"192.0.2.1"}
        """;

    private static readonly KubeAnnotationFilter Filter = new(NodeJson.FlannelPrefix);

    private static readonly string Watched =
        NodeJson.Event("ADDED", NodeJson.Node("a", Annotations)) + NodeJson.Event("MODIFIED", NodeJson.Node("é-😀", """{"flannel.alpha.coreos.com/public-ip":"\u00e9\ud83d\ude00"}"""))
        + NodeJson.Event("DELETED", NodeJson.Node("a", spec: "null")) + NodeJson.Event("BOOKMARK", """{"metadata":{"resourceVersion":"99","creationTimestamp":null}}""");

    [Fact]
    public void A_list_tells_what_flannel_reads_of_each_node_and_what_the_next_page_is()
    {
        var parser = NodeParser.OfList(Filter);

        var told = NodeJson.Parse(parser, NodeJson.List("42", "token", NodeJson.Node("a", Annotations), NodeJson.Node("b", spec: "{}")));

        Assert.Equal(
            """
            Listed a uid-a 7 [10.244.1.0/24] 10.244.1.0/24,fd00:1::/64 flannel.alpha.coreos.com/backend-type=vxlan,flannel.alpha.coreos.com/backend-data={"VNI":1,"VtepMAC":"02:00:00:00:00:01"},flannel.alpha.coreos.com/public-ip=192.0.2.1
            Listed b uid-b 7 []
            """.ReplaceLineEndings("\n"),
            NodeJson.Show(told));
        Assert.Equal(("42", "token", true), (parser.ResourceVersion, parser.Continue, parser.IsBetweenValues));
    }

    [Theory]
    [InlineData("\"2026-01-02T03:04:05Z\"", "2026-01-02T03:04:05.0000000+00:00")]
    [InlineData("\"yesterday\"", "0001-01-01T00:00:00.0000000+00:00")]
    [InlineData("null", "0001-01-01T00:00:00.0000000+00:00")]
    public void The_time_of_registration_is_read_where_there_is_one(string json, string expected)
    {
        var told = NodeJson.Parse(NodeParser.OfList(Filter), NodeJson.List("42", "", $$$"""{"metadata":{"name":"a","creationTimestamp":{{{json}}}} }"""));

        Assert.Equal(expected, Assert.Single(told).Node.CreatedAt.ToString("O", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("""[{"fieldsV1":{"f:metadata":{"f:podCIDR":{}}}},{"fieldsV1":{"f:spec":{".":{},"f:podCIDR":{},"f:podCIDRs":{".":{}}},"f:status":{}}}]""", true)]
    [InlineData("""[{"fieldsV1":{"f:spec":{"f:podCIDR":{}}}},{"fieldsV1":{"f:spec":{"f:taints":{}}}}]""", true)]
    [InlineData("""[{"fieldsV1":{"f:spec":{"f:taints":{"f:podCIDR":{}}}}},"f:podCIDR",null]""", false)]
    [InlineData("""{"fieldsV1":{"f:spec":{"f:podCIDR":{}}}}""", false)]
    [InlineData("[]", false)]
    [InlineData("null", false)]
    public void That_a_pod_network_is_assigned_is_read_from_who_wrote_what(string managedFields, bool expected)
    {
        var told = NodeJson.Parse(
            NodeParser.OfWatch(Filter),
            NodeJson.Event("MODIFIED", $$$"""{"metadata":{"name":"a","managedFields":{{{managedFields}}},"annotations":{"flannel.alpha.coreos.com/x":"y"} } }""")
            + NodeJson.Event("MODIFIED", """{"metadata":{"name":"b"}}"""));

        Assert.Equal([expected, false], told.Select(one => one.Node.SaysItHasPodCidr));
        Assert.Single(told[0].Node.Annotations);
    }

    [Fact]
    public void Metadata_alone_has_no_pod_network_and_a_bookmark_no_name()
    {
        var told = NodeJson.Parse(
            NodeParser.OfWatch(Filter), NodeJson.Event("MODIFIED", """{"metadata":{"name":"a"}}""") + NodeJson.Event("BOOKMARK", """{"metadata":{"resourceVersion":"9"}}"""));

        Assert.Equal((null, KubeNodeEventType.Bookmark, "9"), (told[0].Node.PodCidr, told[1].Type, told[1].Node.ResourceVersion));
    }

    [Fact]
    public void Nothing_of_one_node_is_left_in_the_next()
    {
        var told = NodeJson.Parse(NodeParser.OfList(Filter), NodeJson.List("1", "", NodeJson.Node("a", Annotations), """{"metadata":{"name":"b"}}"""));

        Assert.Equal("Listed b   []", NodeJson.Show(told.Skip(1)));
    }

    [Fact]
    public void However_the_bytes_are_split_the_same_is_told()
    {
        var text = Encoding.UTF8.GetBytes(Watched);
        var whole = NodeJson.Show(NodeJson.Parse(NodeParser.OfWatch(Filter), text));
        Assert.Equal(4, whole.Split('\n').Length);

        Prop.ForAll<PositiveInt[]>(lengths =>
            Assert.Equal(whole, NodeJson.Show(NodeJson.Parse(NodeParser.OfWatch(Filter), text, lengths.Select(length => length.Get))))).QuickCheckThrowOnFailure();
        Assert.Equal(whole, NodeJson.Show(NodeJson.Parse(NodeParser.OfWatch(Filter), text, Enumerable.Repeat(1, text.Length))));
    }

    [Fact]
    public void Damaged_bytes_end_as_malformed_JSON_or_as_other_events() => Prop.ForAll<NonNegativeInt, byte>((place, value) =>
    {
        var text = Encoding.UTF8.GetBytes(Watched);
        text[place.Get % text.Length] = value;
        AssertKnownOutcome(NodeParser.OfWatch(Filter), text);
    }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void Random_bytes_end_as_malformed_JSON() => Prop.ForAll<byte[]>(bytes =>
    {
        AssertKnownOutcome(NodeParser.OfList(Filter), bytes);
        AssertKnownOutcome(NodeParser.OfWatch(Filter), bytes);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("[]")]
    [InlineData("12 ")]
    [InlineData("\"text\"")]
    [InlineData("""{"items":[{"metadata":{}}]}""")]
    public void What_is_no_list_of_nodes_is_malformed(string text) =>
        Assert.ThrowsAny<JsonException>(() => NodeJson.Parse(NodeParser.OfList(Filter), text));

    [Theory]
    [InlineData("""{"items":null}""")]
    [InlineData("""{"items":{"metadata":{"name":"a"}}}""")]
    [InlineData("""{"items":[null,7,["a"]]}""")]
    [InlineData("""{"metadata":[{"resourceVersion":"1"}]}""")]
    public void A_field_of_another_kind_is_passed_over(string text)
    {
        var parser = NodeParser.OfList(Filter);

        Assert.Empty(NodeJson.Parse(parser, text));
        Assert.Equal(("", true), (parser.ResourceVersion, parser.IsBetweenValues));
    }

    [Theory]
    [InlineData("""{"object":{"metadata":{"name":"a"}}}""")]
    [InlineData("""{"type":"ADDED"}""")]
    [InlineData("""{"type":"RENAMED","object":{"metadata":{"name":"a"}}}""")]
    [InlineData("""{"type":"ADDED","object":{"metadata":{}}}""")]
    public void What_is_no_watch_event_is_malformed(string text) =>
        Assert.ThrowsAny<JsonException>(() => NodeJson.Parse(NodeParser.OfWatch(Filter), text));

    [Fact]
    public void What_is_passed_over_may_be_as_deep_as_a_server_reads()
    {
        var deep = new string('[', 4000) + string.Concat(Enumerable.Repeat("{\"x\":", 2000)) + "1" + new string('}', 2000) + new string(']', 4000);
        var node = $$$"""{"metadata":{"managedFields":{{{deep}}},"name":"a"},"status":{{{deep}}}}""";

        Assert.Equal("a", Assert.Single(NodeJson.Parse(NodeParser.OfList(Filter), NodeJson.List("1", "", node))).Node.Name);
    }

    [Fact]
    public void Of_what_is_there_twice_the_last_counts()
    {
        const string Twice = """
            {"metadata":{"name":"no","name":"a","annotations":{"flannel.alpha.coreos.com/x":"1","flannel.alpha.coreos.com\u002fx":"2"}},
            "spec":{"podCIDR":"10.0.0.0/24","podCIDRs":["10.0.0.0/24"],"podCIDRs":["10.0.1.0/24"]},"spec":{"podCIDR":"10.0.2.0/24"},
            "spec":{"podCIDRs":["10.0.3.0/24"]} }
            """;

        Assert.Equal(
            "Listed a   [] 10.0.3.0/24 flannel.alpha.coreos.com/x=2", NodeJson.Show(NodeJson.Parse(NodeParser.OfList(Filter), NodeJson.List("1", "", Twice))));
    }

    [Fact]
    public void A_failure_within_a_watch_is_kept_with_the_servers_words()
    {
        var parser = NodeParser.OfWatch(Filter);
        var status = """{"kind":"Status","metadata":{},"status":"Failure","message":"too old resource version: 1 (2)","reason":"Expired","details":{"retryAfterSeconds":3},"code":410}""";

        var told = NodeJson.Parse(parser, NodeJson.Event("ADDED", NodeJson.Node("a")) + NodeJson.Event("ERROR", status));

        Assert.Single(told);
        Assert.Equal(new KubeStatus(410, "Expired", "too old resource version: 1 (2)", 3), parser.Failure);
    }

    [Theory]
    [InlineData("\"flannel.alpha.coreos.com\\u002fpublic-ip\"", true)]
    [InlineData("\"flannel.alpha.coreos.com/\"", true)]
    [InlineData("\"flannel.alpha.coreos.co\"", false)]
    [InlineData("\"other.org/flannel.alpha.coreos.com/\"", false)]
    public void An_annotation_is_kept_by_the_start_of_its_name(string name, bool isKept)
    {
        var told = NodeJson.Parse(NodeParser.OfList(Filter), NodeJson.List("1", "", NodeJson.Node("a", $$"""{{{name}}:"x"}""")));

        Assert.Equal(isKept ? 1 : 0, told[0].Node.Annotations.Count);
    }

    [Fact]
    public void A_heartbeat_allocates_little_besides_the_node_that_is_told()
    {
        var others = string.Concat(Enumerable.Range(0, 40).Select(i => $"\"other.org/{i}\":\"{new string('x', 200)}\","));
        var text = Encoding.UTF8.GetBytes(NodeJson.Event("MODIFIED", NodeJson.Node("a", "{" + others + Annotations.TrimStart()[1..])));
        var parser = NodeParser.OfWatch(Filter);
        var told = new List<KubeNodeEvent>(1);
        parser.Parse(text, told);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            told.Clear();
            parser.Parse(text, told);
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 100, 1, 1500);
        Assert.Equal(3, told[0].Node.Annotations.Count);
    }

    private static void AssertKnownOutcome(NodeParser parser, byte[] bytes)
    {
        try
        {
            NodeJson.Parse(parser, bytes);
        }
        catch (JsonException)
        {
            // The one outcome a caller knows besides nodes.
        }
    }
}
