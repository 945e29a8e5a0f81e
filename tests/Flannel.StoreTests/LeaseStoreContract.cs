using System.Threading.Channels;
using Flannel.Config;
using Flannel.Leases;
using Flannel.Testing;
using Xunit;

namespace Flannel.StoreTests;

/// <summary>
/// What every store of leases does, whoever assigns the subnets and whatever keeps them. Derived once for each store; how others write to it is the store's own. A host is
/// named here by the subnet it gets.
/// </summary>
public abstract partial class LeaseStoreContract : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<IAsyncDisposable> _opened = [];

    /// <summary>H: the network of the catalogue's fixture.</summary>
    private protected static NetworkConfig Dummy { get; } = NetworkConfig.Parse("""{"Network":"10.3.0.0/16","SubnetMin":"10.3.1.0","SubnetMax":"10.3.25.0"}""");

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What the store says when it has no configuration.</summary>
    private protected abstract string ConfigIsMissing { get; }

    /// <summary>The store as the daemon of a host opens it, without a configuration at first; <see cref="Opened{T}"/> sees to its end.</summary>
    private protected abstract Task<ILeaseStore> OpenAsync(string subnet);

    /// <summary>How many lines the stores have logged that contain the text.</summary>
    private protected abstract int Told(string part);

    private protected abstract Task WriteConfigAsync(string text);

    /// <summary>Another host publishes its lease, or publishes it anew.</summary>
    private protected abstract Task PublishAsync(string subnet, LeaseAttributes attributes);

    /// <summary>Somebody makes the lease of a host unreadable, or what would be one.</summary>
    private protected abstract Task SpoilAsync(string subnet);

    /// <summary>Somebody takes away what a running host has published.</summary>
    private protected abstract Task StripAsync(string subnet);

    /// <summary>A host is gone for good, and its lease with it.</summary>
    private protected abstract Task RemoveAsync(string subnet);

    /// <summary>The subnet of a running host becomes another's.</summary>
    private protected abstract Task GiveAwayAsync(string subnet);

    /// <summary>What the log calls what a host has in the store.</summary>
    private protected abstract string NameOf(string subnet);

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var opened in _opened)
        {
            await opened.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Is disposed with the test, after what was opened later.</summary>
    private protected T Opened<T>(T opened)
        where T : IAsyncDisposable
    {
        _opened.Insert(0, opened);
        return opened;
    }

    private protected Keeping Keep(ILeaseStore store, Lease own) => Opened(new Keeping(store, own, Token));

    private Recording<LeaseChange> Watch(ILeaseStore store) => Opened(Recording<LeaseChange>.Of(store.WatchAsync));

    private static Task<Lease> AcquireAsync(ILeaseStore store, string subnet, LeaseAttributes attributes) =>
        store.AcquireAsync(Dummy, attributes, Records.Key(subnet), Token);

    /// <summary>Waits until the changes seen have left exactly these leases.</summary>
    private static Task BecomeAsync(Recording<LeaseChange> watch, params (string Subnet, string PublicIP)[] leases)
    {
        var expected = Text(leases);
        return Eventually.BecomesAsync(
            () => Text(Records.Leases(watch.Items).Select(lease => (lease.Key, $"{lease.Value.Attributes.PublicIP}"))), seen => seen == expected, Patience, "the leases", expected);

        static string Text(IEnumerable<(string Subnet, string PublicIP)> leases) =>
            string.Join(", ", leases.Select(lease => $"{lease.Subnet} of {lease.PublicIP}").Order(StringComparer.Ordinal));
    }

    /// <summary>A keeper at work: its task, and what ends it.</summary>
    private protected sealed class Keeping : IAsyncDisposable
    {
        private readonly CancellationTokenSource _life;
        private readonly Channel<LeaseAttributes> _updates = Channel.CreateUnbounded<LeaseAttributes>();

        public Keeping(ILeaseStore store, Lease own, CancellationToken token)
        {
            _life = CancellationTokenSource.CreateLinkedTokenSource(token);
            Task = store.KeepAsync(own, _updates.Reader, _life.Token);
        }

        public Task Task { get; }

        public void Update(LeaseAttributes attributes) => Assert.True(_updates.Writer.TryWrite(attributes));

        public async ValueTask DisposeAsync()
        {
            await _life.CancelAsync();
            await Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _life.Dispose();
        }
    }
}
