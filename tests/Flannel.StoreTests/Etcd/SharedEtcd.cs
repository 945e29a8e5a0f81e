using Flannel.Testing.Etcd;
using Xunit;

namespace Flannel.StoreTests.Etcd;

/// <summary>One server for the tests of a class that leave it as it was; each works below a prefix of its own.</summary>
public sealed class SharedEtcd : IAsyncLifetime
{
    private EtcdServer? _server;
    private int _prefixes;

    public EtcdServer Server => _server!;

    public string NewPrefix() => FormattableString.Invariant($"/test{Interlocked.Increment(ref _prefixes)}");

    public async ValueTask InitializeAsync() => _server = await EtcdServer.StartAsync();

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
