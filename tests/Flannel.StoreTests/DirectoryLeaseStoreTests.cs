using Flannel.Leases;
using Flannel.Testing;
using Xunit;

namespace Flannel.StoreTests;

public sealed class DirectoryLeaseStoreTests : KeyedLeaseStoreContract
{
    private readonly string _directory = Scratch.NewFolder("store");

    [Fact]
    public async Task A_renewal_that_fails_is_reported_once_and_repeated_until_the_store_is_back()
    {
        var registry = await OpenRegistryAsync();
        var store = await OpenStoreAsync();
        var own = await AcquireAsync(store, "1.2.3.4");
        var keeping = Keep(store, own);
        await Eventually.IsTrueAsync(() => Time.Waiting > 0);
        var before = await FindAsync(registry, own.Key.ToString());

        // A file where a directory is needed: every write fails, every read of the record still works.
        Directory.Move(Path.Combine(_directory, "expires"), Path.Combine(_directory, "aside"));
        await File.WriteAllTextAsync(Path.Combine(_directory, "expires"), "", Token);
        await AdvanceUntilAsync(() => Task.FromResult(Logger.Count("Cannot write the lease") > 0), TimeSpan.FromMinutes(10));
        for (var i = 0; i < 10; i++)
        {
            Time.Advance(TimeSpan.FromMinutes(1));
            await Eventually.IsTrueAsync(() => Time.Waiting > 0);
        }

        File.Delete(Path.Combine(_directory, "expires"));
        Directory.Move(Path.Combine(_directory, "aside"), Path.Combine(_directory, "expires"));
        await AdvanceUntilAsync(async () => await FindAsync(registry, own.Key.ToString()) is { } now && now.Version != before!.Version);
        await Eventually.IsTrueAsync(() => Logger.Count("is written again") == 1);
        Assert.Equal(1, Logger.Count("Cannot write the lease"));
        Assert.False(keeping.Task.IsCompleted);
    }

    private protected override Task<ILeaseRegistry> ConnectAsync(TimeProvider time) =>
        Task.FromResult<ILeaseRegistry>(new DirectoryRegistry(_directory, time, Logger));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
