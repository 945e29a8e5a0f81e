using Flannel.Leases;
using Flannel.Testing;
using Xunit;

namespace Flannel.StoreTests;

public abstract partial class LeaseStoreContract
{
    private const string Own = "10.3.8.0-24";
    private const string Peer = "10.3.9.0-24";
    private const string Other = "10.3.10.0-24";

    [Fact]
    [Trait("case", "H9")]
    public async Task A_config_that_comes_later_is_waited_for_and_returned_as_written()
    {
        const string Text = " {\"Network\": \"10.3.0.0/16\"}\n";
        var store = await OpenAsync(Own);
        var waiting = store.GetConfigAsync(Token);
        await Eventually.IsTrueAsync(() => Told(ConfigIsMissing) == 1, Patience);
        Assert.False(waiting.IsCompleted);

        await WriteConfigAsync(Text);

        Assert.Equal(Text, await waiting.WaitAsync(Patience, Token));
        Assert.Equal(Text, await store.ReadConfigAsync(Token));
        Assert.Equal(1, Told(ConfigIsMissing));
    }

    [Fact]
    public async Task What_a_host_published_is_found_by_itself_later_and_listed()
    {
        var own = Records.Host("1.2.3.4");
        var lease = await AcquireAsync(await OpenAsync(Own), Own, own);
        Assert.Equal(Own, lease.Key.ToString());

        var again = await OpenAsync(Own);

        Assert.Equal(own, await again.FindOwnAsync(own, Token));
        Assert.Equal((lease.Key, lease.Attributes), (await again.ListAsync(Token)).Select(listed => (listed.Key, listed.Attributes)).Single());
        Assert.Equal(lease.Key, (await AcquireAsync(again, Own, own)).Key);
    }

    [Fact]
    [Trait("case", "H5")]
    public async Task A_watch_begins_with_everything_and_goes_on_with_each_change()
    {
        await PublishAsync(Peer, Records.Host("1.1.1.1"));
        var store = await OpenAsync(Own);
        await AcquireAsync(store, Own, Records.Host("1.2.3.4"));
        var watch = Watch(store);
        await BecomeAsync(watch, (Own, "1.2.3.4"), (Peer, "1.1.1.1"));
        Assert.IsType<LeaseChange.Snapshot>(watch.Items[0]);

        await PublishAsync(Other, Records.Host("1.1.1.2"));
        await BecomeAsync(watch, (Own, "1.2.3.4"), (Other, "1.1.1.2"), (Peer, "1.1.1.1"));
        await PublishAsync(Peer, Records.Host("1.1.1.3"));
        await BecomeAsync(watch, (Own, "1.2.3.4"), (Other, "1.1.1.2"), (Peer, "1.1.1.3"));
        await RemoveAsync(Peer);
        await BecomeAsync(watch, (Own, "1.2.3.4"), (Other, "1.1.1.2"));
        Assert.Single(watch.Items, change => change is LeaseChange.Snapshot);
    }

    [Fact]
    [Trait("case", "H14")]
    public async Task A_watch_that_waits_ends_when_it_is_cancelled()
    {
        var store = await OpenAsync(Own);
        await AcquireAsync(store, Own, Records.Host("1.2.3.4"));
        using var life = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var watch = store.WatchAsync(life.Token).GetAsyncEnumerator(life.Token);
        Assert.True(await watch.MoveNextAsync());

        var end = EndAsync();
        await life.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => end.WaitAsync(Patience, Token));

        async Task EndAsync()
        {
            while (await watch.MoveNextAsync())
            {
            }
        }
    }

    [Fact]
    public async Task What_is_no_lease_is_passed_over_and_named_once()
    {
        await SpoilAsync(Peer);
        await PublishAsync(Other, Records.Host("1.1.1.2"));
        var store = await OpenAsync(Own);
        var watch = Watch(store);
        await BecomeAsync(watch, (Other, "1.1.1.2"));
        await SpoilAsync(Peer);

        await RemoveAsync(Other);

        await BecomeAsync(watch);
        Assert.Equal(1, Told(NameOf(Peer)));
    }

    [Fact]
    public async Task A_lease_that_becomes_unreadable_stays_as_it_was_until_it_goes()
    {
        await PublishAsync(Peer, Records.Host("1.1.1.1"));
        var watch = Watch(await OpenAsync(Own));
        await BecomeAsync(watch, (Peer, "1.1.1.1"));

        await SpoilAsync(Peer);
        await PublishAsync(Other, Records.Host("1.1.1.2"));
        await BecomeAsync(watch, (Other, "1.1.1.2"), (Peer, "1.1.1.1"));

        await RemoveAsync(Peer);
        await BecomeAsync(watch, (Other, "1.1.1.2"));
    }

    [Fact]
    public async Task New_attributes_are_written_and_what_others_take_away_is_written_again()
    {
        var store = await OpenAsync(Own);
        var own = await AcquireAsync(store, Own, Records.Host("1.2.3.4"));
        var watch = Watch(store);
        await BecomeAsync(watch, (Own, "1.2.3.4"));
        var keeping = Keep(store, own);

        foreach (var address in (string[])["1.2.3.5", "1.2.3.6"])
        {
            keeping.Update(Records.Host(address));
            await BecomeAsync(watch, (Own, address));
            await StripAsync(Own);
            await Eventually.IsTrueAsync(async () => await PublishedAsync() == Records.Host(address), Patience);
        }

        Assert.False(keeping.Task.IsCompleted);

        async Task<LeaseAttributes?> PublishedAsync() => (await store.ListAsync(Token)).SingleOrDefault(lease => lease.Key == own.Key)?.Attributes;
    }

    [Fact]
    public async Task A_subnet_that_became_anothers_is_lost()
    {
        var store = await OpenAsync(Own);
        var own = await AcquireAsync(store, Own, Records.Host("1.2.3.4"));
        await BecomeAsync(Watch(store), (Own, "1.2.3.4"));
        var keeping = Keep(store, own);

        await GiveAwayAsync(Own);

        await Assert.ThrowsAsync<LeaseLostException>(() => keeping.Task.WaitAsync(Patience, Token));
    }
}
