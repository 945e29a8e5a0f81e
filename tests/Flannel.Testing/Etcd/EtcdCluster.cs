using Flannel.Stores.Etcd;

namespace Flannel.Testing.Etcd;

/// <summary>Three etcd servers that agree with each other: two are a majority.</summary>
public sealed class EtcdCluster : IAsyncDisposable
{
    private const int Size = 3;
    private const int Attempts = 5;

    private EtcdCluster(IReadOnlyList<EtcdServer> members) => Members = members;

    public IReadOnlyList<EtcdServer> Members { get; }

    /// <summary>Starts the members and waits until all serve.</summary>
    public static async Task<EtcdCluster> StartAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            var cluster = new EtcdCluster(Launch(EtcdServer.FreePorts(EtcdServerOptions.Plain.Host, 2 * Size)));
            try
            {
                await Task.WhenAll(cluster.Members.Select(member => member.WaitUntilItServesAsync()));
                return cluster;
            }
            catch (TimeoutException) when (cluster.Members.Any(member => member.HasLostItsPorts) && attempt < Attempts)
            {
                await cluster.DisposeAsync();
            }
        }
    }

    /// <summary>A client that knows all members, in order.</summary>
    public EtcdClient NewClient(TimeSpan? keepAlive = null)
    {
        var options = new EtcdOptions { Endpoints = [.. Members.Select(member => member.Endpoint)], CallTimeout = TimeSpan.FromSeconds(2) };
        return new EtcdClient(keepAlive is { } interval ? options with { KeepAlive = interval } : options);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in Members)
        {
            await member.DisposeAsync();
        }
    }

    private static List<EtcdServer> Launch(IReadOnlyList<int> ports)
    {
        var cluster = string.Join(',', Enumerable.Range(0, Size).Select(i => FormattableString.Invariant($"m{i}=http://127.0.0.1:{ports[Size + i]}")));
        return [.. Enumerable.Range(0, Size).Select(i => new EtcdServer(EtcdServerOptions.Plain, $"m{i}", ports[i], ports[Size + i], cluster))];
    }
}
