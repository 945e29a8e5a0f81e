using System.Diagnostics;
using Flannel.Leases;
using Flannel.Linux;
using Flannel.Testing;
using Xunit;

namespace Flannel.StoreTests;

/// <summary>What only a directory can suffer: files made by hand, crashes between two steps, and the directory itself going away.</summary>
public sealed class DirectoryRegistryTests : IAsyncLifetime
{
    private const string Value = """{"PublicIP":"1.1.1.1","PublicIPv6":null}""";
    private const string Name = "10.3.31.0-24";

    private readonly string _root = Scratch.NewFolder("store");
    private readonly ManualTime _time = new();
    private readonly RecordingLogger _logger = new();
    private readonly DirectoryRegistry _registry;

    public DirectoryRegistryTests() => _registry = Open(TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Store => Path.Combine(_root, "store");

    private string Subnets => Path.Combine(Store, "subnets");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task The_files_are_those_of_etcd_and_nothing_is_left_aside()
    {
        await _registry.WriteConfigAsync("{}", Token);
        await _registry.CreateAsync(Name, Value, TimeSpan.FromHours(24), Token);
        await _registry.CreateAsync("10.3.32.0-24", Value, ttl: null, Token);
        Assert.Equal("{}", await File.ReadAllTextAsync(Path.Combine(Store, "config"), Token));
        Assert.Equal(Value, await File.ReadAllTextAsync(Path.Combine(Subnets, Name), Token));
        Assert.Equal(
            ["config", "expires", $"expires/{Name}", "lock", "subnets", $"subnets/{Name}", "subnets/10.3.32.0-24"],
            Directory.EnumerateFileSystemEntries(Store, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(Store, path)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task To_look_makes_no_directory()
    {
        Assert.Empty(await _registry.ListAsync(withExpiry: true, Token));
        Assert.Null(await _registry.ReadConfigAsync(Token));
        Assert.False(Directory.Exists(Store));
    }

    [Fact]
    public async Task Of_twenty_creations_of_one_name_one_succeeds()
    {
        var created = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Open(TimeProvider.System).CreateAsync(Name, $"{i}", ttl: null, Token)));
        var winner = Assert.Single(created.OfType<RegistryRecord>());
        Assert.Equal(winner, Assert.Single(await _registry.ListAsync(withExpiry: true, Token)));
        var written = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Open(TimeProvider.System).ReplaceAsync(winner, $"next {i}", ttl: null, Token)));
        Assert.Single(written.OfType<RegistryRecord>());
        Assert.False(await _registry.DeleteAsync(winner, Token));
    }

    [Fact]
    public async Task A_reader_never_sees_half_a_record()
    {
        string[] values = [new('a', 60_000), new('b', 30_000)];
        var record = await _registry.CreateAsync(Name, values[0], ttl: null, Token);
        var clock = Stopwatch.StartNew();
        var path = Path.Combine(Subnets, Name);
        var reads = 0;
        for (var i = 1; clock.Elapsed < TimeSpan.FromSeconds(1); i++)
        {
            var writing = _registry.ReplaceAsync(record!, values[i % 2], ttl: null, Token);
            do
            {
                Assert.Contains(DurableFile.Read(path, 100_000), values);
                reads++;
            }
            while (!writing.IsCompleted);
            record = await writing;
        }

        Assert.True(reads > 10);
    }

    [Fact]
    public async Task Records_that_ended_while_no_daemon_ran_are_gone_and_cleared_away_with_what_a_crash_left()
    {
        var registry = Open(_time);
        await registry.CreateAsync(Name, Value, TimeSpan.FromHours(1), Token);
        await registry.CreateAsync("10.3.32.0-24", Value, TimeSpan.FromHours(3), Token);
        await File.WriteAllTextAsync(Path.Combine(Store, "expires", "10.3.33.0-24"), "2001-01-01T00:00:00Z", Token);
        await File.WriteAllTextAsync(Path.Combine(Store, ".new"), "half a rec", Token);
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Equal("10.3.32.0-24", Assert.Single(await registry.ListAsync(withExpiry: true, Token)).Name);
        await using var watch = registry.WatchAsync(null, null, Token).GetAsyncEnumerator(Token);
        Assert.Equal("10.3.32.0-24", Assert.Single(Assert.IsType<RegistryChange.Snapshot>(await NextAsync(watch)).Records).Name);
        Assert.Equal([Path.Combine(Store, "expires", "10.3.32.0-24")], Directory.GetFileSystemEntries(Path.Combine(Store, "expires")));
        Assert.Equal([Path.Combine(Subnets, "10.3.32.0-24")], Directory.GetFileSystemEntries(Subnets));

        var next = NextAsync(watch);
        await Eventually.IsTrueAsync(() => _time.Waiting > 0);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(new RegistryChange.Deleted("10.3.32.0-24"), await next);
        Assert.Empty(Directory.GetFileSystemEntries(Subnets));
    }

    [Fact]
    public async Task An_expired_name_is_free_and_its_old_holder_cannot_renew_it()
    {
        var registry = Open(_time);
        var old = await registry.CreateAsync(Name, Value, TimeSpan.FromHours(1), Token);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Null(await registry.ReplaceAsync(old!, Value, TimeSpan.FromHours(1), Token));
        Assert.NotNull(await registry.CreateAsync(Name, "other", TimeSpan.FromHours(1), Token));
        Assert.Null(await registry.ReplaceAsync(old!, Value, TimeSpan.FromHours(1), Token));
        Assert.Equal("other", Assert.Single(await registry.ListAsync(withExpiry: true, Token)).Value);
    }

    [Fact]
    public async Task Garbage_of_any_kind_takes_its_name_and_harms_no_other()
    {
        await _registry.CreateAsync(Name, Value, ttl: null, Token);
        Directory.CreateDirectory(Path.Combine(Subnets, "10.3.32.0-24"));
        await File.WriteAllBytesAsync(Path.Combine(Subnets, "10.3.33.0-24"), new byte[1 << 20], Token);
        await File.WriteAllBytesAsync(Path.Combine(Subnets, "10.3.34.0-24"), [0xff, 0xfe, 0x00], Token);
        await File.WriteAllTextAsync(Path.Combine(Subnets, ".10.3.35.0-24.swp"), "an editor's", Token);
        File.CreateSymbolicLink(Path.Combine(Subnets, "10.3.36.0-24"), "10.3.36.0-24");
        Directory.CreateDirectory(Path.Combine(Store, "expires", Name));
        Assert.Equal(0, (await Tool.RunAsync("mkfifo", [Path.Combine(Subnets, "10.3.37.0-24")], cancellationToken: Token)).ExitCode);
        var records = await _registry.ListAsync(withExpiry: true, Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
        Assert.Equal(
            [Name, "10.3.32.0-24", "10.3.33.0-24", "10.3.34.0-24", "10.3.36.0-24", "10.3.37.0-24"],
            records.Select(record => record.Name));
        Assert.InRange(records[2].Value.Length, LeaseJson.LongestValue + 1, LeaseJson.LongestValue + 1);
        Assert.Equal([Name], records.Where(record => LeaseJson.TryRead(record.Value, out _, out _)).Select(record => record.Name));
        foreach (var garbage in records.Where(record => record.Name != Name))
        {
            Assert.Null(await _registry.CreateAsync(garbage.Name, Value, ttl: null, Token));
        }
    }

    [Fact]
    public async Task A_file_made_by_hand_is_a_reservation_and_is_noticed()
    {
        await using var watch = _registry.WatchAsync(null, null, Token).GetAsyncEnumerator(Token);
        await NextAsync(watch);
        await File.WriteAllTextAsync(Path.Combine(Subnets, Name), Value + "\n", Token);
        var put = Assert.IsType<RegistryChange.Put>(await NextAsync(watch));
        Assert.Equal((Name, Value + "\n", true), (put.Record.Name, put.Record.Value, put.Record.IsPermanent));
        File.Delete(Path.Combine(Subnets, Name));
        Assert.Equal(new RegistryChange.Deleted(Name), await NextAsync(watch));
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("move")]
    public async Task A_watch_survives_its_directory(string fate)
    {
        await _registry.CreateAsync(Name, Value, ttl: null, Token);
        await using var watch = _registry.WatchAsync(null, null, Token).GetAsyncEnumerator(Token);
        await NextAsync(watch);
        if (fate == "delete")
        {
            Directory.Delete(Store, recursive: true);
        }
        else
        {
            Directory.Move(Store, Store + ".old");
        }

        RegistryChange change;
        while ((change = await NextAsync(watch)) is not RegistryChange.Snapshot { Records: [] })
        {
            Assert.Equal(new RegistryChange.Deleted(Name), change);
        }

        await _registry.CreateAsync("10.3.32.0-24", Value, ttl: null, Token);
        Assert.Equal("10.3.32.0-24", Assert.IsType<RegistryChange.Put>(await NextAsync(watch)).Record.Name);
        Assert.Equal((1, 1), (_logger.Count("deleted, moved or unmounted"), _logger.Count("Watching the store again")));
    }

    [Fact]
    public async Task A_watch_that_cannot_begin_says_so_once_and_begins_when_it_can()
    {
        await File.WriteAllTextAsync(Store, "a file where the directory should be", Token);
        await using var watch = _registry.WatchAsync(null, null, Token).GetAsyncEnumerator(Token);
        var first = NextAsync(watch);
        await Eventually.IsTrueAsync(() => _logger.Count("Cannot watch the store") == 1);
        File.Delete(Store);
        Assert.Empty(Assert.IsType<RegistryChange.Snapshot>(await first).Records);
        Assert.Equal((1, 1), (_logger.Count("Cannot watch the store"), _logger.Count("Watching the store again")));
    }

    [Fact]
    public async Task A_thousand_changes_that_nobody_reads_are_told_as_what_is_left_of_them()
    {
        await using var watch = _registry.WatchAsync(null, null, Token).GetAsyncEnumerator(Token);
        await NextAsync(watch);
        for (var i = 0; i < 1000; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(Subnets, Name), $"{i}", Token);
        }

        RegistryChange.Put put;
        var told = 0;
        do
        {
            put = Assert.IsType<RegistryChange.Put>(await NextAsync(watch));
            told++;
        }
        while (put.Record.Value != "999");
        Assert.InRange(told, 1, 100);
    }

    private DirectoryRegistry Open(TimeProvider time) => new(Store, time, _logger);

    private static async Task<RegistryChange> NextAsync(IAsyncEnumerator<RegistryChange> watch)
    {
        Assert.True(await watch.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Token));
        return watch.Current;
    }
}
