using Flannel.Leases;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Flannel.StoreTests.Etcd;

public sealed class EtcdRegistryTests : IClassFixture<SharedEtcd>, IAsyncDisposable
{
    private readonly SharedEtcd _etcd;
    private readonly string _prefix;
    private readonly EtcdRegistry _registry;

    public EtcdRegistryTests(SharedEtcd etcd)
    {
        (_etcd, _prefix) = (etcd, etcd.NewPrefix());
        _registry = new EtcdRegistry(etcd.Server.NewClient(), _prefix, TimeProvider.System, NullLogger.Instance);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_config_is_missing_until_it_is_written()
    {
        Assert.Null(await _registry.ReadConfigAsync(Token));

        await _registry.WriteConfigAsync("{ \"Network\": \"10.3.0.0/16\" }", Token);

        Assert.Equal("{ \"Network\": \"10.3.0.0/16\" }", await _registry.ReadConfigAsync(Token));
    }

    [Fact]
    [Trait("case", "H10")]
    public async Task A_created_record_is_the_key_and_value_of_the_contract()
    {
        const string Value = """{"PublicIP":"1.2.3.4","PublicIPv6":null}""";
        await using var watch = Recording<RegistryChange>.Of(token => _registry.WatchAsync(null, null, token));
        await watch.WaitForAsync(change => change is RegistryChange.Snapshot { Records.Count: 0 });

        var created = await _registry.CreateAsync("10.1.5.0-24", Value, TimeSpan.FromHours(24), Token);

        Assert.NotNull(created);
        Assert.Equal(Value + "\n", await _etcd.Server.CtlAsync("get", "--print-value-only", $"{_prefix}/subnets/10.1.5.0-24"));
        var listed = Assert.Single(await _registry.ListAsync(withExpiry: true, Token));
        Assert.Equal((created.Name, created.Value, created.Version, false), (listed.Name, listed.Value, listed.Version, listed.IsPermanent));
        var inADay = TimeProvider.System.GetUtcNow().AddHours(24);
        Assert.InRange(listed.Expires!.Value, inADay.AddMinutes(-2), inADay.AddMinutes(1));
        Assert.True(await _registry.DeleteAsync(listed, Token));
        Assert.Equal("", await _etcd.Server.CtlAsync("get", $"{_prefix}/subnets/10.1.5.0-24"));
        await watch.WaitForAsync(change => change is RegistryChange.Deleted("10.1.5.0-24"));
        Assert.Equal([typeof(RegistryChange.Snapshot), typeof(RegistryChange.Put), typeof(RegistryChange.Deleted)], watch.Items.Select(change => change.GetType()));
    }

    [Fact]
    [Trait("case", "H6")]
    public async Task A_record_that_expires_is_told_as_deleted()
    {
        await using var watch = Recording<RegistryChange>.Of(token => _registry.WatchAsync(null, null, token));
        await watch.WaitForAsync(change => change is RegistryChange.Snapshot);

        await _registry.CreateAsync("10.3.31.0-24", "{}", TimeSpan.FromSeconds(3), Token);

        await watch.WaitForAsync(change => change is RegistryChange.Put { Record.Name: "10.3.31.0-24" });
        await watch.WaitForAsync(change => change is RegistryChange.Deleted("10.3.31.0-24"));
    }

    [Fact]
    public async Task A_record_without_lease_is_permanent_and_stays_so_when_replaced_without_time()
    {
        await _etcd.Server.CtlAsync("put", $"{_prefix}/subnets/10.1.5.0-24", "{}");
        var reserved = Assert.Single(await _registry.ListAsync(withExpiry: true, Token));

        var renewed = await _registry.ReplaceAsync(reserved, "{\"a\":1}", ttl: null, Token);

        Assert.True(reserved is { IsPermanent: true, Expires: null });
        Assert.True(renewed is { IsPermanent: true, Expires: null });
        Assert.DoesNotContain("\"lease\"", await _etcd.Server.CtlAsync("get", "-w", "json", $"{_prefix}/subnets/10.1.5.0-24"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_race_leaves_no_etcd_lease_behind()
    {
        Assert.NotNull(await _registry.CreateAsync("10.1.5.0-24", "{}", TimeSpan.FromHours(24), Token));
        var before = await LeasesAsync();

        Assert.Null(await _registry.CreateAsync("10.1.5.0-24", "{}", TimeSpan.FromHours(24), Token));

        Assert.Empty((await LeasesAsync()).Except(before));
    }

    [Fact]
    public async Task A_changed_record_is_neither_replaced_nor_deleted()
    {
        var old = (await _registry.CreateAsync("10.1.5.0-24", "old", ttl: null, Token))!;
        Assert.NotNull(await _registry.ReplaceAsync(old, "new", TimeSpan.FromHours(1), Token));

        Assert.Null(await _registry.ReplaceAsync(old, "stale", TimeSpan.FromHours(1), Token));
        Assert.False(await _registry.DeleteAsync(old, Token));
        Assert.Equal("new", Assert.Single(await _registry.ListAsync(withExpiry: false, Token)).Value);
    }

    [Fact]
    public async Task Watching_one_name_tells_of_no_other_even_if_it_starts_the_same()
    {
        await _registry.CreateAsync("10.1.5.0-24", "own", ttl: null, Token);
        await using var watch = Recording<RegistryChange>.Of(token => _registry.WatchAsync("10.1.5.0-24", null, token));
        var snapshot = (RegistryChange.Snapshot)await watch.WaitForAsync(_ => true);
        var own = Assert.Single(snapshot.Records);

        await _registry.CreateAsync("10.1.5.0-24&fd00::-64", "other", ttl: null, Token);
        await _registry.DeleteAsync(own, Token);

        await watch.WaitForAsync(change => change is RegistryChange.Deleted("10.1.5.0-24"));
        Assert.Equal(2, watch.Items.Count);
    }

    [Fact]
    public async Task Garbage_beside_a_record_leaves_it_alone()
    {
        await _etcd.Server.CtlAsync("put", $"{_prefix}/subnets/not a subnet", "x");
        await using (var client = _etcd.Server.NewClient())
        {
            await client.PutAsync($"{_prefix}/subnets/10.1.7.0-24", new byte[1024 * 1024], 0, Token);
            await client.PutAsync($"{_prefix}/subnets/10.1.8.0-24", new byte[] { 0xff, 0xfe, 0x41 }, 0, Token);
        }

        await _registry.CreateAsync("10.1.5.0-24", "{}", ttl: null, Token);

        var records = (await _registry.ListAsync(withExpiry: true, Token)).ToDictionary(record => record.Name, record => record.Value);
        Assert.Equal("{}", records["10.1.5.0-24"]);
        Assert.Equal(LeaseJson.LongestValue + 1, records["10.1.7.0-24"].Length);
        Assert.EndsWith("A", records["10.1.8.0-24"], StringComparison.Ordinal);
        Assert.Contains("not a subnet", records.Keys);
    }

    [Fact]
    public async Task Neighbours_of_the_folder_are_not_ours()
    {
        await _etcd.Server.CtlAsync("put", $"{_prefix}/subnetsX/10.1.5.0-24", "{}");

        Assert.Empty(await _registry.ListAsync(withExpiry: false, Token));
    }

    [Fact]
    public async Task Superfluous_slashes_in_the_prefix_do_not_count()
    {
        await using var sloppy = new EtcdRegistry(_etcd.Server.NewClient(), $"{_prefix.Replace("/", "//", StringComparison.Ordinal)}/", TimeProvider.System, NullLogger.Instance);
        await sloppy.WriteConfigAsync("{}", Token);

        Assert.Equal("{}", await _registry.ReadConfigAsync(Token));
    }

    [Fact]
    [Trait("case", "H14")]
    public async Task Cancelling_ends_the_watch_of_a_consumer_that_takes_nothing()
    {
        using var life = new CancellationTokenSource();
        var watch = _registry.WatchAsync(null, null, life.Token).GetAsyncEnumerator(life.Token);
        await watch.MoveNextAsync();
        await Parallel.ForAsync(0, 200, Token, async (i, token) => await _registry.CreateAsync(FormattableString.Invariant($"{i}"), "{}", null, token));
        await watch.MoveNextAsync();

        await life.CancelAsync();

        await watch.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(3), Token);
    }

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    private async Task<IReadOnlyList<string>> LeasesAsync() => (await _etcd.Server.CtlAsync("lease", "list")).Split('\n')[1..];
}
