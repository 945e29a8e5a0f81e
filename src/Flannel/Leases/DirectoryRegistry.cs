using Flannel.Linux;
using Flannel.Stores;
using Microsoft.Extensions.Logging;

namespace Flannel.Leases;

/// <summary>
/// A registry in a directory, for the daemons of one machine, in however many network namespaces, and for trying things out. It is no distributed engine: the daemons
/// agree through a lock of their common kernel and share its clock. Beyond one machine the store is etcd or Kubernetes.
/// <code>
/// DIR/config          as in etcd
/// DIR/subnets/NAME    a record: the same name and the same JSON as in etcd
/// DIR/expires/NAME    when that record ends (UTC, ISO 8601); a record without is permanent, so one made by hand is a reservation
/// DIR/lock            held by flock(2), shared for reading, exclusive for writing
/// </code>
/// Each file is written aside, flushed and moved into place, so a reader or a crash never finds half of one. A record whose time is over counts as missing from that
/// moment on; a daemon that notices removes it, after a second look under the exclusive lock.
/// </summary>
internal sealed partial class DirectoryRegistry(string directory, TimeProvider time, ILogger logger) : ILeaseRegistry
{
    private const int LongestConfig = 1024 * 1024;

    private readonly TimeProvider _time = time;
    private readonly ILogger _logger = logger;
    private readonly string _config = Path.Combine(directory, "config");
    private readonly string _subnets = Path.Combine(directory, "subnets");
    private readonly string _expires = Path.Combine(directory, "expires");
    private readonly string _lock = Path.Combine(directory, "lock");

    public Outage? Outage => null;

    public Task<string?> ReadConfigAsync(CancellationToken cancellationToken) =>
        GuardAsync("read", () => Task.FromResult(DurableFile.Read(_config, LongestConfig)));

    public Task WriteConfigAsync(string text, CancellationToken cancellationToken) => ChangeAsync(
        () =>
        {
            MoveIntoPlace(WriteAside(text), _config);
            return true;
        },
        cancellationToken);

    /// <summary>Expiry costs nothing here and is always given.</summary>
    public Task<IReadOnlyList<RegistryRecord>> ListAsync(bool withExpiry, CancellationToken cancellationToken) =>
        LookAsync<IReadOnlyList<RegistryRecord>>(ReadAll, [], cancellationToken);

    public async Task<RegistrySnapshot> ReadAllAsync(CancellationToken cancellationToken) =>
        new(await ListAsync(withExpiry: false, cancellationToken), Revision: 0);

    public Task<IReadOnlyList<RegistryRecord>> ListSinceAsync(RegistrySnapshot snapshot, CancellationToken cancellationToken) =>
        ListAsync(withExpiry: false, cancellationToken);

    public Task<RegistryRecord?> CreateAsync(string name, string value, TimeSpan? ttl, CancellationToken cancellationToken) =>
        ChangeAsync(() => Read(name) is null ? Write(name, value, ttl) : null, cancellationToken);

    public Task<RegistryRecord?> ReplaceAsync(RegistryRecord current, string value, TimeSpan? ttl, CancellationToken cancellationToken) =>
        ChangeAsync(() => Read(current.Name)?.Version == current.Version ? Write(current.Name, value, ttl) : null, cancellationToken);

    public Task<bool> DeleteAsync(RegistryRecord current, CancellationToken cancellationToken) => ChangeAsync(
        () =>
        {
            var isSame = Read(current.Name)?.Version == current.Version;
            if (isSame)
            {
                Remove(current.Name);
            }

            return isSame;
        },
        cancellationToken);

    public void Reconnect()
    {
        // Nothing is connected.
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Reads under the shared lock; <paramref name="nothing"/> where there is no directory yet, which is not made for a look.</summary>
    private Task<T> LookAsync<T>(Func<T> look, T nothing, CancellationToken cancellationToken) => GuardAsync("read", async () =>
    {
        if (!Directory.Exists(_subnets))
        {
            return nothing;
        }

        using var held = await FileLock.AcquireAsync(_lock, isShared: true, cancellationToken);
        return look();
    });

    private Task<T> ChangeAsync<T>(Func<T> change, CancellationToken cancellationToken) => GuardAsync("write to", async () =>
    {
        Directory.CreateDirectory(_subnets);
        Directory.CreateDirectory(_expires);
        using var held = await FileLock.AcquireAsync(_lock, isShared: false, cancellationToken);
        return change();
    });

    private async Task<T> GuardAsync<T>(string action, Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or LinuxException)
        {
            throw Failure(action, e);
        }
    }

    private StoreException Failure(string action, Exception e)
    {
        // On Linux the BCL puts the errno into HResult where it has no exception type of its own for it.
        var errno = e is LinuxException kernel ? kernel.Errno : e is UnauthorizedAccessException ? Errnos.EACCES : e.HResult;
        var (remedy, isTransient) = errno switch
        {
            Errnos.EACCES or Errnos.EPERM => ($"give this user the right to write below {directory}, or run as root", false),
            Errnos.EROFS => ($"mount its file system read-write or choose another directory than {directory}", false),
            Errnos.ENOSPC or Errnos.EDQUOT => ($"make room on the file system of {directory}", true),
            Errnos.EMFILE => ("raise the limit of open files, or fs.inotify.max_user_instances", true),
            _ => ($"check {directory}", true),
        };
        return new StoreException($"cannot {action} the store directory {directory}: {e.Message}; {remedy}", isTransient, e);
    }
}
