using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Flannel.Linux;

namespace Flannel.Leases;

// The files of a record. All of this runs under the lock.
internal sealed partial class DirectoryRegistry
{
    private const int LongestExpiry = 64;

    /// <summary>Where new files are written before they are moved into place. One is enough: there is one writer at a time.</summary>
    private readonly string _aside = Path.Combine(directory, ".new");

    private List<RegistryRecord> ReadAll() =>
        [.. Names(_subnets).Order(StringComparer.Ordinal).Select(Read).OfType<RegistryRecord>()];

    /// <summary>Whatever stands in the directory, but for the hidden files of editors.</summary>
    private static IEnumerable<string> Names(string path) =>
        Directory.EnumerateFileSystemEntries(path).Select(entry => Path.GetFileName(entry)).Where(IsName);

    private static bool IsName(string name) => !name.StartsWith('.');

    /// <summary>The record, or null when there is none or its time is over. What cannot be read is an empty value, so that its name counts as taken.</summary>
    private RegistryRecord? Read(string name)
    {
        if (ReadValue(name) is not { } value)
        {
            return null;
        }

        var expires = ReadExpiry(name);
        return expires <= _time.GetUtcNow() ? null : new RegistryRecord(name, value, Digest(value, expires), expires is null, expires);
    }

    private string? ReadValue(string name) => ReadText(Path.Combine(_subnets, name), LeaseJson.LongestValue + 1);

    /// <summary>Null for a permanent record, and for one whose expiry was damaged by hand: to keep a subnet too long does less harm than to give it twice.</summary>
    private DateTimeOffset? ReadExpiry(string name)
    {
        var text = ReadText(Path.Combine(_expires, name), LongestExpiry);
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var expires) ? expires : null;
    }

    /// <summary>Null where there is no file, empty for one that cannot be read.</summary>
    private static string? ReadText(string path, int mostBytes)
    {
        try
        {
            return DurableFile.Read(path, mostBytes);
        }
        catch (LinuxException)
        {
            return "";
        }
    }

    private RegistryRecord Write(string name, string value, TimeSpan? ttl)
    {
        var expires = _time.GetUtcNow() + ttl;
        var newValue = WriteAside(value);
        try
        {
            // Between the two moves a crash leaves an expiry without a record, which the next daemon clears away; never a record without its expiry.
            if (expires is { } end)
            {
                MoveIntoPlace(WriteAside(end.ToString("O", CultureInfo.InvariantCulture), "-expires"), Path.Combine(_expires, name));
            }

            MoveIntoPlace(newValue, Path.Combine(_subnets, name));
        }
        finally
        {
            File.Delete(newValue);
        }

        if (expires is null)
        {
            RemoveFile(_expires, name);
        }

        return new RegistryRecord(name, value, Digest(value, expires), expires is null, expires);
    }

    private void Remove(string name)
    {
        RemoveFile(_subnets, name);
        RemoveFile(_expires, name);
    }

    private static void RemoveFile(string path, string name)
    {
        var file = Path.Combine(path, name);
        if (File.Exists(file))
        {
            File.Delete(file);
            DurableFile.FlushDirectory(path);
        }
    }

    private string WriteAside(string text, string suffix = "")
    {
        var path = _aside + suffix;
        DurableFile.Write(path, text);
        return path;
    }

    private static void MoveIntoPlace(string aside, string path)
    {
        File.Move(aside, path, overwrite: true);
        DurableFile.FlushDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Equal digests are equal records, which is all a compare-and-swap asks; so files changed by hand have a version too.</summary>
    private static long Digest(string value, DateTimeOffset? expires)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{expires?.UtcTicks}\n{value}"), hash);
        return BinaryPrimitives.ReadInt64LittleEndian(hash);
    }
}
