using Flannel.Stores.Kube;
using Flannel.Testing;
using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.StoreTests.Kube;

/// <summary>Whatever a node's owner writes into its annotations is read as it stands, and harms no other node.</summary>
public sealed class KubeHostileNodeTests(SharedKube kube) : IClassFixture<SharedKube>, IDisposable
{
    private const string Prefix = "flannel.alpha.coreos.com/";
    private const int Nodes = 1000;

    // The server takes 256 kB of annotations a node.
    private const int Huge = 200_000;

    private readonly KubeClient _client = SharedKube.NewClient(kube.Cluster);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_hostile_nodes_are_listed_and_watched_as_they_are()
    {
        var wanted = Enumerable.Range(0, Nodes).ToDictionary(Name, Annotations);
        var version = (await SharedKube.ListAsync(_client, fromCache: false, Token))[^1].Node.ResourceVersion;
        await using var watch = Recording<KubeNodeEvent>.Of(token => _client.WatchNodesAsync(version, cancellationToken: token));

        await kube.Cluster.CreateNodesAsync(wanted.Select(node => NodeObject.Full(node.Key, node.Value)));

        await watch.WaitForAsync(one => one.Type == KubeNodeEventType.Added, Nodes);
        AssertAreAs(wanted, watch.Items.Where(one => one.Type == KubeNodeEventType.Added));
        AssertAreAs(wanted, (await SharedKube.ListAsync(_client, fromCache: false, Token)).SkipLast(1));
        await Eventually.BecomesAsync<List<KubeNodeEvent>>(() => SharedKube.ListAsync(_client, fromCache: true, Token), told => told.Count == Nodes + 1);
    }

    public void Dispose() => _client.Dispose();

    private static void AssertAreAs(Dictionary<string, IReadOnlyDictionary<string, string>> wanted, IEnumerable<KubeNodeEvent> told)
    {
        var found = told.ToDictionary(one => one.Node.Name, one => one.Node.Annotations);
        Assert.Equal(wanted.Keys.Order(), found.Keys.Order());
        Assert.All(wanted, node => Assert.Equal(node.Value.Where(pair => pair.Key.StartsWith(Prefix, StringComparison.Ordinal)).Order(ByName), found[node.Key].Order(ByName)));
    }

    private static readonly Comparer<KeyValuePair<string, string>> ByName = Comparer<KeyValuePair<string, string>>.Create((a, b) => string.CompareOrdinal(a.Key, b.Key));

    private static string Name(int number) => $"hostile-{number:0000}";

    private static IReadOnlyDictionary<string, string> Annotations(int number) => (number % 8) switch
    {
        0 => Ours(new string('x', number % 100 == 0 ? Huge : 2000)),
        1 => Ours(new string('[', 20_000)),
        2 => Ours(string.Concat(Enumerable.Range(0, 256).Select(code => (char)code))),
        3 => Ours("\u2028\ufeff\ufffd\u202e<b>&amp;</b> é € 😀 \\u0041 \\"),
        4 => Enumerable.Range(0, 500).ToDictionary(i => $"{Prefix}name-{number}-{i}", i => $"{i}"),
        5 => Ours("""{"VNI":1,"VNI":2,"VtepMAC":"02:00:00:00:00:01","VtepMAC":{}}"""),
        6 => new Dictionary<string, string> { [$"other.example/{Prefix.TrimEnd('/')}"] = new string('y', number % 100 < 8 ? Huge : 2000), [$"{Prefix}public-ip"] = "192.0.2.1" },
        _ => Ours(""),
    };

    private static Dictionary<string, string> Ours(string data) => new() { [$"{Prefix}backend-data"] = data, [$"{Prefix}backend-type"] = "vxlan" };
}
