using System.Globalization;
using System.Text;
using Flannel.Linux;

namespace Flannel.Cni.HostLocal;

/// <summary>
/// The addresses of one network that are given out on this host, and the exclusive right to change them, which <see cref="Dispose"/> gives back. It is a directory, of
/// the form that the standard host-local has, which may use it at the same time:
/// <list type="bullet">
/// <item><c>10.5.1.7</c>: that address is taken, by the container and interface in it, <c>id\r\nifname</c>; of old by the container alone;</item>
/// <item><c>last_reserved_ip.0</c>: the address of the first range set that was given out last;</item>
/// <item><c>lock</c>: flock(2) on it is held while anything is read or changed.</item>
/// </list>
/// </summary>
public sealed class AddressBook : IDisposable
{
    /// <summary>Where the standard plugin keeps its books, one directory for each network.</summary>
    public const string DefaultDataDirectory = "/var/lib/cni/networks";

    internal const string LockName = "lock";

    private const string LineBreak = "\r\n";

    // A reservation is written here and then renamed: it is there with its holder or not at all. Under the lock there is only one at a time.
    private const string Unfinished = ".reservation";
    private const string LastReservedPrefix = "last_reserved_ip.";

    // No container's identifier comes near it.
    private const int LongestFile = 4096;

    private const UnixFileMode FolderMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute |
        UnixFileMode.GroupRead | UnixFileMode.GroupExecute |
        UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private const UnixFileMode LockMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;

    private readonly FileLock _lock;

    private AddressBook(string folder, FileLock held) => (Folder, _lock) = (folder, held);

    public string Folder { get; }

    /// <summary>Waits for the right to a book, which is made when there is none.</summary>
    /// <exception cref="LinuxException">It cannot be opened.</exception>
    /// <exception cref="IOException">It cannot be made; likewise <see cref="UnauthorizedAccessException"/>.</exception>
    public static AddressBook Open(string folder)
    {
        if (OpenExisting(folder) is { } book)
        {
            return book;
        }

        Directory.CreateDirectory(folder, FolderMode);
        return new AddressBook(folder, Lock(folder));
    }

    /// <summary>Waits for the right to a book; null when there is no such directory.</summary>
    /// <exception cref="LinuxException">It cannot be opened.</exception>
    public static AddressBook? OpenExisting(string folder)
    {
        try
        {
            return new AddressBook(folder, Lock(folder));
        }
        catch (LinuxException missing) when (missing.Errno == Errnos.ENOENT)
        {
            return null;
        }
    }

    /// <summary>All reservations, in no particular order. Files with other names are not looked at.</summary>
    public IReadOnlyList<Reservation> Read()
    {
        List<Reservation> reservations = [];
        foreach (var path in Directory.EnumerateFileSystemEntries(Folder))
        {
            if (Cidr.TryParseAddress(Path.GetFileName(path.AsSpan()), out var address))
            {
                reservations.Add(new Reservation(path, Cidr.Host(address), ReadHolder(path)));
            }
        }

        return reservations;
    }

    /// <summary>The address of a range set that was given out last; null where none is on record, or nothing that is one.</summary>
    public Cidr? LastReserved(int rangeSet) =>
        Text(Path.Combine(Folder, LastReservedName(rangeSet))) is { } text && Cidr.TryParseAddress(text, out var address) ? Cidr.Host(address) : null;

    /// <summary>Gives an address to an attachment, whoever has it, and notes it as the last one of its range set.</summary>
    /// <exception cref="IOException">No space, a read-only file system; likewise <see cref="UnauthorizedAccessException"/>.</exception>
    public void Reserve(Cidr host, CniAttachment holder, int rangeSet)
    {
        var unfinished = Path.Combine(Folder, Unfinished);
        Write(unfinished, holder.ContainerId.Trim() + LineBreak + holder.IfName);
        File.Move(unfinished, PathOf(host), overwrite: true);
        Write(Path.Combine(Folder, LastReservedName(rangeSet)), host.Address.ToString());
    }

    /// <summary>Frees an address that was given out; one that is free already stays so.</summary>
    public void Release(Cidr host) => File.Delete(PathOf(host));

    /// <summary>Frees what the reservations hold, and removes what a writer that was killed left half done.</summary>
    public void Release(IEnumerable<Reservation> reservations)
    {
        foreach (var reservation in reservations)
        {
            File.Delete(reservation.Path);
        }

        File.Delete(Path.Combine(Folder, Unfinished));
    }

    public void Dispose() => _lock.Dispose();

    private string PathOf(Cidr host) => Path.Combine(Folder, host.Address.ToString());

    private static FileLock Lock(string folder) => FileLock.Acquire(Path.Combine(folder, LockName), LockMode);

    private static CniAttachment? ReadHolder(string path)
    {
        if (Text(path)?.Trim() is not { } text)
        {
            return null;
        }

        var end = text.IndexOf(LineBreak, StringComparison.Ordinal);
        return end < 0 ? new CniAttachment(text, "") : new CniAttachment(text[..end], text[(end + LineBreak.Length)..]);
    }

    // What cannot be read must not keep others from their addresses: as with the standard plugin it is simply taken.
    private static string? Text(string path)
    {
        try
        {
            return DurableFile.Read(path, LongestFile);
        }
        catch (LinuxException)
        {
            return null;
        }
    }

    private static string LastReservedName(int rangeSet) => string.Create(CultureInfo.InvariantCulture, $"{LastReservedPrefix}{rangeSet}");

    private static void Write(string path, string text)
    {
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        file.Write(Encoding.UTF8.GetBytes(text));
    }
}
