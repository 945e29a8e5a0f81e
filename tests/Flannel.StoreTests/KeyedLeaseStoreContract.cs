using System.Net;
using Flannel.Config;
using Flannel.Leases;
using Flannel.Testing;
using Xunit;

namespace Flannel.StoreTests;

/// <summary>
/// What every store does whose hosts cut their subnets themselves, whatever keeps its records. Derived once for each registry; a test that needs more of a registry than
/// this contract is not here. Time stands still unless a test moves it, but for records that must expire: those end by the clock of whoever keeps them.
/// </summary>
public abstract partial class KeyedLeaseStoreContract : LeaseStoreContract
{
    private static readonly TimeSpan RenewMargin = TimeSpan.FromMinutes(60);

    private protected ManualTime Time { get; } = new();

    private protected RecordingLogger Logger { get; } = new();

    private protected override string ConfigIsMissing => "no network configuration";

    /// <summary>A further connection to this test's own, at first empty, key space.</summary>
    private protected abstract Task<ILeaseRegistry> ConnectAsync(TimeProvider time);

    private protected override async Task<ILeaseStore> OpenAsync(string subnet) => await OpenStoreAsync(TimeProvider.System);

    private protected override int Told(string part) => Logger.Count(part);

    private protected override string NameOf(string subnet) => subnet;

    private protected override async Task WriteConfigAsync(string text) => await (await OpenStoreAsync()).WriteConfigAsync(text, Token);

    private protected override Task PublishAsync(string subnet, LeaseAttributes attributes) => WriteAsync(subnet, LeaseJson.Write(attributes));

    private protected override Task SpoilAsync(string subnet) => WriteAsync(subnet, "garbage");

    private protected override Task StripAsync(string subnet) => RemoveAsync(subnet);

    private protected override async Task RemoveAsync(string subnet) => Assert.True(await (await OpenStoreAsync()).DeleteAsync(Records.Key(subnet), Token));

    private protected override Task GiveAwayAsync(string subnet) => PublishAsync(subnet, Records.Host("1.1.1.1"));

    /// <summary>Writes a record as another host does, over the one there is.</summary>
    private async Task WriteAsync(string subnet, string value)
    {
        var registry = await OpenRegistryAsync(TimeProvider.System);
        Assert.NotNull(await FindAsync(registry, subnet) is { } record
            ? await registry.ReplaceAsync(record, value, KeyedLeaseStore.LeaseTime, Token)
            : await registry.CreateAsync(subnet, value, KeyedLeaseStore.LeaseTime, Token));
    }

    private protected async Task<ILeaseRegistry> OpenRegistryAsync(TimeProvider? time = null) => Opened(await ConnectAsync(time ?? Time));

    private protected async Task<KeyedLeaseStore> OpenStoreAsync(TimeProvider? time = null) =>
        Opened(new KeyedLeaseStore(await ConnectAsync(time ?? Time), RenewMargin, time ?? Time, Logger));

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

    private static LeaseAttributes Reserved(string publicIP) => new() { PublicIP = IPAddress.Parse(publicIP) };
}
