using System.Net;
using System.Runtime.CompilerServices;
using Flannel.Config;
using Flannel.Leases;
using Flannel.Testing;
using Xunit;

namespace Flannel.StoreTests;

public abstract partial class KeyedLeaseStoreContract
{
    [Fact]
    [Trait("case", "H7")]
    [Trait("case", "H8")]
    [Trait("case", "H20")]
    public async Task A_lease_is_renewed_its_margin_before_its_end_and_keeps_its_value()
    {
        var registry = await OpenRegistryAsync();
        var store = await OpenStoreAsync();
        var own = await AcquireAsync(store, "1.2.3.4");
        var name = own.Key.ToString();
        Keep(store, own);
        await Eventually.IsTrueAsync(() => Time.Waiting > 0);
        var first = await FindAsync(registry, name);
        Time.Advance(TimeSpan.FromHours(22.9));
        Assert.Equal(first!.Version, (await FindAsync(registry, name))!.Version);
        await AdvanceUntilAsync(async () => (await FindAsync(registry, name))?.Version != first.Version);
        var renewed = await FindAsync(registry, name);
        Assert.Equal((first.Value, false), (renewed!.Value, renewed.IsPermanent));
        Assert.Equal(Time.GetUtcNow() + TimeSpan.FromHours(24), renewed.Expires!.Value, TimeSpan.FromMinutes(20));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lease_that_vanishes_is_taken_again_at_once(bool wasReservation)
    {
        var registry = await OpenRegistryAsync();
        var store = await OpenStoreAsync();
        if (wasReservation)
        {
            await store.ReserveAsync(Dummy, Records.Key("10.3.9.0-24"), IPAddress.Parse("1.2.3.4"), Token);
        }

        var own = await AcquireAsync(store, "1.2.3.4");
        var keeping = Keep(store, own);
        for (var i = 0; i < 3; i++)
        {
            Assert.True(await store.DeleteAsync(own.Key, Token));
            await AdvanceUntilAsync(async () => await FindAsync(registry, own.Key.ToString()) is not null);
        }

        var record = await FindAsync(registry, own.Key.ToString());
        Assert.Equal((LeaseJson.Write(Records.Host("1.2.3.4")), false), (record!.Value, record.IsPermanent));
        Assert.False(keeping.Task.IsCompleted);
        Assert.True(Logger.Count("vanished") > 0 && Logger.Count("again") > 0);
    }

    [Fact]
    public async Task A_subnet_that_another_host_took_is_lost()
    {
        var registry = await OpenRegistryAsync();
        var store = await OpenStoreAsync();
        var own = await AcquireAsync(store, "1.2.3.4");
        var keeping = Keep(store, own);
        var record = await FindAsync(registry, own.Key.ToString());
        Assert.NotNull(await registry.ReplaceAsync(record!, Peer, KeyedLeaseStore.LeaseTime, Token));
        var lost = await Assert.ThrowsAsync<LeaseLostException>(() => keeping.Task.WaitAsync(TimeSpan.FromSeconds(20), Token));
        Assert.Contains("1.1.1.1", lost.Message, StringComparison.Ordinal);
        Assert.Equal(Peer, (await FindAsync(registry, own.Key.ToString()))!.Value);
    }

    [Fact]
    public async Task A_subnet_that_vanished_and_was_overlapped_is_lost()
    {
        var registry = await OpenRegistryAsync();
        var store = await OpenStoreAsync();
        var own = await AcquireAsync(store, "1.2.3.4", "10.3.8.0-24");
        await registry.CreateAsync("10.3.8.0-23", Peer, KeyedLeaseStore.LeaseTime, Token);
        var keeping = Keep(store, own);
        Assert.True(await store.DeleteAsync(own.Key, Token));
        var lost = await Assert.ThrowsAsync<LeaseLostException>(() => keeping.Task.WaitAsync(TimeSpan.FromSeconds(20), Token));
        Assert.Contains("10.3.8.0-23", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reservation_is_never_renewed_and_never_given_an_end()
    {
        var registry = await OpenRegistryAsync();
        var store = await OpenStoreAsync();
        await store.ReserveAsync(Dummy, Records.Key("10.3.9.0-24"), IPAddress.Parse("1.2.3.4"), Token);
        var own = await AcquireAsync(store, "1.2.3.4");
        var keeping = Keep(store, own);
        keeping.Update(Records.Host("1.2.3.5"));
        await AdvanceUntilAsync(async () => (await FindAsync(registry, "10.3.9.0-24"))?.Value == LeaseJson.Write(Records.Host("1.2.3.5")));
        var before = await FindAsync(registry, "10.3.9.0-24");
        Time.Advance(TimeSpan.FromDays(30));
        keeping.Update(Records.Host("1.2.3.6"));
        await AdvanceUntilAsync(async () => (await FindAsync(registry, "10.3.9.0-24"))?.Value == LeaseJson.Write(Records.Host("1.2.3.6")));
        Assert.True(before!.IsPermanent);
        Assert.True((await FindAsync(registry, "10.3.9.0-24"))!.IsPermanent);
    }

    [Fact]
    public async Task A_lease_that_is_reserved_and_released_while_it_is_kept_follows()
    {
        var registry = await OpenRegistryAsync();
        var store = await OpenStoreAsync();
        var own = await AcquireAsync(store, "1.2.3.4");
        var keeping = Keep(store, own);
        await store.ReserveAsync(Dummy, own.Key, IPAddress.Parse("1.2.3.4"), Token);
        keeping.Update(Records.Host("1.2.3.5"));
        await AdvanceUntilAsync(async () => (await FindAsync(registry, own.Key.ToString()))?.Value == LeaseJson.Write(Records.Host("1.2.3.5")));
        Assert.True((await FindAsync(registry, own.Key.ToString()))!.IsPermanent);
        Assert.True(await store.ReleaseAsync(own.Key, Token));
        var released = await FindAsync(registry, own.Key.ToString());
        Assert.False(released!.IsPermanent);
        await AdvanceUntilAsync(
            async () => await FindAsync(registry, own.Key.ToString()) is { IsPermanent: false } now && now.Version != released.Version, TimeSpan.FromMinutes(10));
    }

    [Fact]
    public async Task Garbage_over_the_own_record_is_written_over()
    {
        var registry = await OpenRegistryAsync();
        var store = await OpenStoreAsync();
        var own = await AcquireAsync(store, "1.2.3.4");
        Keep(store, own);
        Assert.NotNull(await registry.ReplaceAsync((await FindAsync(registry, own.Key.ToString()))!, "garbage", KeyedLeaseStore.LeaseTime, Token));
        await AdvanceUntilAsync(async () => (await FindAsync(registry, own.Key.ToString()))?.Value == LeaseJson.Write(Records.Host("1.2.3.4")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Another_host_with_our_public_address_is_named_and_not_fought(bool publishesTheSame)
    {
        var registry = await OpenRegistryAsync();
        var store = await OpenStoreAsync();
        var own = await AcquireAsync(store, "1.2.3.4");
        var keeping = Keep(store, own);
        Assert.True(await store.DeleteAsync(own.Key, Token));
        await Eventually.IsTrueAsync(() => Logger.Count($"Took the subnet {own.Key} again") == 1);
        var attributes = publishesTheSame ? own.Attributes : Reserved("1.2.3.4");
        Time.Advance(TimeSpan.FromSeconds(1));
        var twin = await (await OpenStoreAsync()).AcquireAsync(Dummy, attributes, default, Token);
        Assert.Equal(own.Key, twin.Key);
        await Eventually.IsTrueAsync(() => Logger.Count("two hosts have one public address") == 1);
        Assert.Equal(LeaseJson.Write(attributes), (await FindAsync(registry, own.Key.ToString()))!.Value);
        Assert.False(keeping.Task.IsCompleted);
    }

    [Fact]
    [Trait("case", "H23")]
    [Trait("case", "H24")]
    [Trait("case", "H26")]
    [Trait("case", "H27")]
    public async Task An_operator_reserves_lists_and_releases()
    {
        var store = await OpenStoreAsync();
        var network = NetworkConfig.Parse("""{"Network":"10.3.0.0/16"}""");
        await AssertRefusedAsync("10.4.3.0-24", "52.195.12.13", "not a subnet that may be leased");
        await AssertRefusedAsync("10.3.3.0-25", "52.195.12.13", "not a subnet that may be leased");
        await store.ReserveAsync(network, Records.Key("10.3.10.0-24"), IPAddress.Parse("52.195.12.13"), Token);
        await store.ReserveAsync(network, Records.Key("10.3.10.0-24"), IPAddress.Parse("52.195.12.13"), Token);
        await AssertRefusedAsync("10.3.10.0-24", "52.195.12.17", "lease already taken");
        await store.ReserveAsync(network, Records.Key("10.3.20.0-24"), IPAddress.Parse("52.195.12.17"), Token);
        Assert.Equal(
            [("10.3.10.0-24", null), ("10.3.20.0-24", (DateTimeOffset?)null)],
            (await store.ListAsync(Token)).Select(lease => (lease.Key.ToString(), lease.Expires)).Order());
        Assert.True(await store.ReleaseAsync(Records.Key("10.3.10.0-24"), Token));
        Assert.False(await store.ReleaseAsync(Records.Key("10.3.11.0-24"), Token));
        var released = (await store.ListAsync(Token)).Single(lease => lease.Key == Records.Key("10.3.10.0-24"));
        Assert.Equal(Time.GetUtcNow() + KeyedLeaseStore.LeaseTime, released.Expires!.Value, TimeSpan.FromSeconds(10));

        async Task AssertRefusedAsync(string key, string publicIP, string reason)
        {
            var e = await Assert.ThrowsAsync<Stores.StoreException>(() => store.ReserveAsync(network, Records.Key(key), IPAddress.Parse(publicIP), Token));
            Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Moves the clock on step by step until something has happened.</summary>
    private protected Task AdvanceUntilAsync(Func<Task<bool>> condition, TimeSpan? step = null, [CallerArgumentExpression(nameof(condition))] string expected = "") =>
        Eventually.IsTrueAsync(
            async () =>
            {
                Time.Advance(step ?? TimeSpan.FromSeconds(10));
                return await condition();
            },
            expected: expected);
}
