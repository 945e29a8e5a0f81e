using System.Net;
using System.Threading.Channels;
using Flannel.Config;
using Flannel.Leases;
using Flannel.Testing;
using Xunit;

namespace Flannel.StoreTests;

/// <summary>
/// What every store of leases does, whatever keeps its records. Derived once for each registry; a test that needs more of a registry than this contract is not here.
/// Time stands still unless a test moves it, but for records that must expire: those end by the clock of whoever keeps them.
/// </summary>
public abstract partial class LeaseStoreContract : IAsyncLifetime
{
    private static readonly TimeSpan RenewMargin = TimeSpan.FromMinutes(60);

    /// <summary>H: the network of the catalogue's fixture.</summary>
    private static readonly NetworkConfig Dummy = NetworkConfig.Parse("""{"Network":"10.3.0.0/16","SubnetMin":"10.3.1.0","SubnetMax":"10.3.25.0"}""");

    private readonly List<IAsyncDisposable> _opened = [];

    private protected ManualTime Time { get; } = new();

    private protected RecordingLogger Logger { get; } = new();

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A further connection to this test's own, at first empty, key space.</summary>
    private protected abstract Task<ILeaseRegistry> ConnectAsync(TimeProvider time);

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var opened in _opened)
        {
            await opened.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    private protected async Task<ILeaseRegistry> OpenRegistryAsync(TimeProvider? time = null)
    {
        var registry = await ConnectAsync(time ?? Time);
        _opened.Add(registry);
        return registry;
    }

    private protected async Task<KeyedLeaseStore> OpenStoreAsync(TimeProvider? time = null)
    {
        var store = new KeyedLeaseStore(await ConnectAsync(time ?? Time), RenewMargin, time ?? Time, Logger);
        _opened.Add(store);
        return store;
    }

    private protected static async Task<RegistryRecord?> FindAsync(ILeaseRegistry registry, string name) =>
        (await registry.ListAsync(withExpiry: true, Token)).SingleOrDefault(record => record.Name == name);

    private protected static Task<Lease> AcquireAsync(KeyedLeaseStore store, string publicIP, string previous = "", NetworkConfig? config = null) =>
        store.AcquireAsync(config ?? Dummy, Records.Host(publicIP), previous.Length == 0 ? default : Records.Key(previous), Token);

    /// <summary>Puts the leases of the catalogue's fixture: one host, four subnets in the range and one outside.</summary>
    private static async Task FillAsync(ILeaseRegistry registry)
    {
        foreach (var third in new[] { 1, 2, 4, 5, 31 })
        {
            await registry.CreateAsync($"10.3.{third}.0-24", """{"PublicIP":"1.1.1.1"}""", KeyedLeaseStore.LeaseTime, Token);
        }
    }

    /// <summary>A keeper at work: its task, and what ends it.</summary>
    private protected sealed class Keeping(KeyedLeaseStore store, Lease own, CancellationToken token) : IAsyncDisposable
    {
        private readonly CancellationTokenSource _life = CancellationTokenSource.CreateLinkedTokenSource(token);
        private readonly Channel<LeaseAttributes> _updates = Channel.CreateUnbounded<LeaseAttributes>();
        private Task? _task;

        public Task Task => _task ??= store.KeepAsync(own, _updates.Reader, _life.Token);

        public void Update(LeaseAttributes attributes) => Assert.True(_updates.Writer.TryWrite(attributes));

        public async ValueTask DisposeAsync()
        {
            await _life.CancelAsync();
            await Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _life.Dispose();
        }
    }

    private protected Keeping Keep(KeyedLeaseStore store, Lease own)
    {
        var keeping = new Keeping(store, own, Token);
        _ = keeping.Task;
        _opened.Insert(0, keeping);
        return keeping;
    }

    private static LeaseAttributes Reserved(string publicIP) => new() { PublicIP = IPAddress.Parse(publicIP) };
}
