using Flannel.Leases;
using Flannel.Testing;
using Xunit;

namespace Flannel.StoreTests;

// Two hosts under one public address, which are started at one moment and publish the very same.
public abstract partial class KeyedLeaseStoreContract
{
    [Fact]
    public async Task A_twin_that_takes_the_lease_before_its_holder_watches_it_is_noticed_once()
    {
        var (first, second) = (await OpenStoreAsync(), await OpenStoreAsync());
        var own = await AcquireAsync(first, "1.2.3.4");
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(own.Key, (await AcquireAsync(second, "1.2.3.4")).Key);

        var keeping = Keep(first, own);

        await Eventually.IsTrueAsync(() => Logger.Count("Another host writes to our lease") > 0);
        Time.Advance(TimeSpan.FromSeconds(1));
        await AcquireAsync(await OpenStoreAsync(), "1.2.3.4");
        keeping.Update(Records.Host("1.2.3.5"));
        var registry = await OpenRegistryAsync();
        await AdvanceUntilAsync(async () => (await FindAsync(registry, own.Key.ToString()))?.Value == LeaseJson.Write(Records.Host("1.2.3.5")));
        Assert.Equal(1, Logger.Count("Another host writes to our lease"));
        Assert.Equal(1, Logger.Count($"It published {LeaseJson.Write(Records.Host("1.2.3.4"))}. Give each host an address of its own by --iface or --public-ip"));
    }

    [Fact]
    public async Task A_host_alone_that_starts_again_is_no_twin()
    {
        await AcquireAsync(await OpenStoreAsync(), "1.2.3.4");
        Time.Advance(TimeSpan.FromSeconds(1));
        var again = await OpenStoreAsync();
        Assert.NotNull(await again.FindOwnAsync(Records.Host("1.2.3.4"), Token));
        var own = await AcquireAsync(again, "1.2.3.4");
        var keeping = Keep(again, own);
        var registry = await OpenRegistryAsync();
        keeping.Update(Records.Host("1.2.3.5"));
        await AdvanceUntilAsync(async () => (await FindAsync(registry, own.Key.ToString()))?.Value == LeaseJson.Write(Records.Host("1.2.3.5")));
        Assert.Equal(0, Logger.Count("Another host"));
    }

    [Theory]
    [InlineData("10.3.8.0-24", "10.3.8.0-24")]
    [InlineData("10.3.8.0-24", "10.3.9.0-24")]
    public async Task Of_two_twins_that_saw_no_lease_the_later_notices_the_earlier(string previousOfFirst, string previousOfSecond)
    {
        var (first, second) = (await OpenStoreAsync(TimeProvider.System), await OpenStoreAsync(TimeProvider.System));
        Assert.Null(await first.FindOwnAsync(Records.Host("1.2.3.4"), Token));
        Assert.Null(await second.FindOwnAsync(Records.Host("1.2.3.4"), Token));

        await AcquireAsync(first, "1.2.3.4", previousOfFirst);
        Assert.Equal(0, Logger.Count("Another host took"));
        var lease = await AcquireAsync(second, "1.2.3.4", previousOfSecond);

        Assert.Equal(previousOfSecond, lease.Key.ToString());
        Assert.Equal(1, Logger.Count($"Another host took {Records.Key(previousOfFirst)} under our public address 1.2.3.4"));
    }
}
