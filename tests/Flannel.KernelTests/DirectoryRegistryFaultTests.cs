using Flannel.Leases;
using Flannel.Stores;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Flannel.KernelTests;

/// <summary>The directory store on disks that refuse it: the fault is named with its remedy, what was there stays, and nothing half-written remains.</summary>
public sealed class DirectoryRegistryFaultTests
{
    private const int Nobody = 65534;
    private const string Name = "10.3.31.0-24";

    [Fact]
    public void A_full_disk_keeps_what_was_there_and_may_be_tried_again() => PrivateDisk.Run(disk =>
    {
        var registry = Open(disk);
        var record = Create(registry, "{}")!;
        using (var filler = File.Create(Path.Combine(disk, "filler")))
        {
            Assert.Throws<IOException>(() => { filler.Write(new byte[1 << 20]); filler.Flush(); });
        }

        var before = Entries(disk);
        var full = Assert.Throws<StoreException>(() => { Wait(registry.ReplaceAsync(record, new string('x', 10_000), ttl: null, Token)); });
        Assert.Contains($"make room on the file system of {disk}", full.Message, StringComparison.Ordinal);
        Assert.True(full.IsTransient);
        Assert.Equal(before, Entries(disk));
        Assert.Equal("{}", File.ReadAllText(Path.Combine(disk, "subnets", Name)));
    });

    [Fact]
    public void A_directory_of_somebody_else_is_told_as_permission() => PrivateDisk.Run(disk =>
    {
        var registry = Open(disk);
        Create(registry, "{}");
        File.SetUnixFileMode(disk, (UnixFileMode)Convert.ToInt32("755", 8));
        PrivateDisk.ActAs(Nobody);

        var refused = Assert.Throws<StoreException>(() => { Wait(registry.CreateAsync("10.3.32.0-24", "{}", ttl: null, Token)); });
        Assert.Contains($"give this user the right to write below {disk}", refused.Message, StringComparison.Ordinal);
        Assert.False(refused.IsTransient);
        Assert.Equal(Name, Assert.Single(Wait(registry.ListAsync(withExpiry: true, Token))).Name);
    });

    [Fact]
    public void A_read_only_file_system_is_told_as_such() => PrivateDisk.Run(disk =>
    {
        var registry = Open(disk);
        Create(registry, "{}");
        PrivateDisk.MakeReadOnly(disk);

        var refused = Assert.Throws<StoreException>(() => { Wait(registry.CreateAsync("10.3.32.0-24", "{}", ttl: null, Token)); });
        Assert.Contains("mount its file system read-write", refused.Message, StringComparison.Ordinal);
        Assert.False(refused.IsTransient);
    });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static DirectoryRegistry Open(string disk) => new(disk, TimeProvider.System, NullLogger.Instance);

    private static RegistryRecord? Create(DirectoryRegistry registry, string value) => Wait(registry.CreateAsync(Name, value, ttl: null, Token));

    /// <summary>The disk is this thread's alone, so nothing may go on elsewhere; without another holder of the lock nothing does.</summary>
    private static T Wait<T>(Task<T> task)
    {
        Assert.True(task.IsCompleted);
        return task.GetAwaiter().GetResult();
    }

    private static string[] Entries(string disk) => [.. Directory.GetFileSystemEntries(disk, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
