using System.Net;
using Flannel.Config;
using Flannel.Leases;
using Flannel.Stores;
using Xunit;

namespace Flannel.StoreTests;

public abstract partial class KeyedLeaseStoreContract
{
    [Fact]
    [Trait("case", "H1")]
    public async Task A_host_gets_a_subnet_in_range_and_the_same_again()
    {
        await FillAsync(await OpenRegistryAsync());
        var store = await OpenStoreAsync();
        var first = await AcquireAsync(store, "1.2.3.4");
        Assert.True(Allocator.Fits(Dummy, first.Key));
        Assert.DoesNotContain(first.Key.ToString(), (string[])["10.3.1.0-24", "10.3.2.0-24", "10.3.4.0-24", "10.3.5.0-24"]);
        Assert.Equal(Time.GetUtcNow() + KeyedLeaseStore.LeaseTime, first.Expires!.Value, TimeSpan.FromSeconds(10));
        Assert.Equal(first.Key, (await AcquireAsync(await OpenStoreAsync(), "1.2.3.4")).Key);
        Assert.Equal(Records.Host("1.2.3.4"), await store.FindOwnAsync(Reserved("1.2.3.4"), Token));
        Assert.Null(await store.FindOwnAsync(Reserved("1.2.3.5"), Token));
    }

    [Theory]
    [Trait("case", "H2")]
    [Trait("case", "H3")]
    [InlineData("10.3.6.0-24", true)]
    [InlineData("10.4.1.0-24", false)]
    [InlineData("10.3.2.0-24", false)]
    public async Task The_previous_subnet_is_taken_if_it_is_legal_and_free(string previous, bool isTaken)
    {
        await FillAsync(await OpenRegistryAsync());
        var lease = await AcquireAsync(await OpenStoreAsync(), "1.2.3.4", previous);
        Assert.Equal(isTaken, lease.Key == Records.Key(previous));
    }

    [Fact]
    [Trait("case", "H4")]
    public async Task Another_network_gives_another_subnet_and_the_old_lease_is_gone()
    {
        var store = await OpenStoreAsync();
        var old = await AcquireAsync(store, "1.2.3.4");
        var config = NetworkConfig.Parse("""{"Network":"10.4.0.0/16"}""");
        var lease = await AcquireAsync(store, "1.2.3.4", old.Key.ToString(), config);
        Assert.True(Allocator.Fits(config, lease.Key));
        Assert.Equal(lease.Key, Assert.Single(await store.ListAsync(Token)).Key);
    }

    [Fact]
    [Trait("case", "H10")]
    public async Task Name_and_value_of_a_record_are_those_of_every_release()
    {
        var registry = await OpenRegistryAsync();
        var store = await OpenStoreAsync();
        var lease = await store.AcquireAsync(NetworkConfig.Parse("""{"Network":"10.1.0.0/16"}"""), Reserved("1.2.3.4"), Records.Key("10.1.5.0-24"), Token);
        var record = Assert.Single(await registry.ListAsync(withExpiry: true, Token));
        Assert.Equal(("10.1.5.0-24", """{"PublicIP":"1.2.3.4","PublicIPv6":null}""", false), (record.Name, record.Value, record.IsPermanent));
        Assert.Equal(lease.Expires!.Value, record.Expires!.Value, TimeSpan.FromSeconds(2));
        Assert.True(await store.DeleteAsync(lease.Key, Token));
        Assert.False(await store.DeleteAsync(lease.Key, Token));
        Assert.Empty(await registry.ListAsync(withExpiry: false, Token));
    }

    [Theory]
    [InlineData("""{"Network":"10.3.0.0/16","SubnetMin":"10.3.1.0","SubnetMax":"10.3.25.0"}""")]
    [InlineData("""{"Network":"10.3.0.0/16","EnableIPv6":true,"IPv6Network":"fd00::/48","Backend":{"Type":"vxlan"}}""")]
    public async Task Twenty_hosts_at_the_same_moment_get_twenty_subnets(string json)
    {
        var config = NetworkConfig.Parse(json);
        var stores = new List<KeyedLeaseStore>();
        for (var i = 0; i < 20; i++)
        {
            stores.Add(await OpenStoreAsync(TimeProvider.System));
        }

        var leases = await Task.WhenAll(stores.Select((store, i) => AcquireAsync(store, $"192.0.2.{i + 1}", config: config)));
        Assert.All(leases, lease => Assert.True(Allocator.Fits(config, lease.Key)));
        Assert.All(leases, lease => Assert.DoesNotContain(leases, other => other != lease && other.Key.Overlaps(lease.Key)));
        Assert.Equal(20, (await stores[0].ListAsync(Token)).Count);
    }

    [Fact]
    public async Task When_all_subnets_are_leased_the_next_host_is_told()
    {
        var config = NetworkConfig.Parse("""{"Network":"10.3.0.0/28"}""");
        var store = await OpenStoreAsync();
        foreach (var host in (string[])["192.0.2.1", "192.0.2.2", "192.0.2.3"])
        {
            await AcquireAsync(store, host, config: config);
        }

        var e = await Assert.ThrowsAsync<StoreException>(() => AcquireAsync(store, "192.0.2.4", config: config));
        Assert.Equal(("out of subnets", false), (e.Message, e.IsTransient));
    }

    [Fact]
    public async Task Foreign_lengths_and_unreadable_values_count_as_taken()
    {
        var config = NetworkConfig.Parse("""{"Network":"10.3.0.0/28"}""");
        var registry = await OpenRegistryAsync();
        await registry.CreateAsync("10.3.0.6-31", """{"PublicIP":"1.1.1.1"}""", KeyedLeaseStore.LeaseTime, Token);
        await registry.CreateAsync("10.3.0.8-30", "garbage", KeyedLeaseStore.LeaseTime, Token);
        Assert.Equal("10.3.0.12-30", (await AcquireAsync(await OpenStoreAsync(), "192.0.2.1", config: config)).Key.ToString());
    }

    [Fact]
    [Trait("case", "H25")]
    public async Task A_reservation_wins_over_the_previous_subnet_and_stays_one()
    {
        var registry = await OpenRegistryAsync();
        await registry.CreateAsync("10.3.10.0-24", """{"PublicIP":"52.195.12.13"}""", ttl: null, Token);
        var lease = await AcquireAsync(await OpenStoreAsync(), "52.195.12.13", "10.3.11.0-24");
        Assert.Equal(("10.3.10.0-24", null), (lease.Key.ToString(), lease.Expires));
        var record = Assert.Single(await registry.ListAsync(withExpiry: true, Token));
        Assert.Equal((true, null, LeaseJson.Write(Records.Host("52.195.12.13"))), (record.IsPermanent, record.Expires, record.Value));
    }

    [Fact]
    public async Task A_host_with_several_leases_keeps_the_one_it_had_and_gives_up_the_others()
    {
        await FillAsync(await OpenRegistryAsync());
        var store = await OpenStoreAsync();
        Assert.Equal("10.3.4.0-24", (await AcquireAsync(store, "1.1.1.1", "10.3.4.0-24")).Key.ToString());
        Assert.Equal("10.3.4.0-24", Assert.Single(await store.ListAsync(Token)).Key.ToString());
    }

    [Fact]
    public async Task An_ipv6_host_is_known_by_its_ipv6_address_and_gets_a_key_without_ipv4()
    {
        var config = NetworkConfig.Parse("""{"EnableIPv4":false,"EnableIPv6":true,"IPv6Network":"fd00:5::/48","Backend":{"Type":"vxlan"}}""");
        var registry = await OpenRegistryAsync();
        var store = await OpenStoreAsync();
        var host = new LeaseAttributes { PublicIPv6 = IPAddress.Parse("2001:db8::7") };
        var lease = await store.AcquireAsync(config, host, Records.Key("fd00:5:0:34::-64"), Token);
        Assert.Equal("fd00:5:0:34::-64", Assert.Single(await registry.ListAsync(withExpiry: false, Token)).Name);
        Assert.Equal(lease.Key, (await store.AcquireAsync(config, host, default, Token)).Key);
        var other = await store.AcquireAsync(config, new LeaseAttributes { PublicIPv6 = IPAddress.Parse("2001:db8::8") }, lease.Key, Token);
        Assert.NotEqual(lease.Key, other.Key);
    }
}
