using System.Text;
using Flannel.Linux;

namespace Flannel.Cni;

/// <summary>
/// What each container's delegate was told, one file by the name of the container (cni-plugin.md §4): DEL needs it when the subnet is long another. All releases of flannel
/// share the format, so the name holds no interface: of two attachments of one container the later counts.
/// </summary>
internal sealed class SavedConfigs(string directory)
{
    private const int Longest = 4 * 1024 * 1024;
    private const UnixFileMode OwnersAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const string Aside = ".tmp";

    /// <summary>Keeps a configuration: on the disk when this returns, and never half written, since what a killed call left behind must be readable.</summary>
    /// <exception cref="IOException">No space, a read-only file system.</exception>
    /// <exception cref="UnauthorizedAccessException">No right to write there.</exception>
    public void Write(string containerId, ReadOnlySpan<byte> config)
    {
        Directory.CreateDirectory(directory, OwnersAlone | UnixFileMode.UserExecute);

        var temporary = TemporaryOf(containerId);
        File.Delete(temporary);
        using (var file = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            BufferSize = 0,
            UnixCreateMode = OwnersAlone,
        }))
        {
            file.Write(config);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, FileOf(containerId), overwrite: true);
    }

    /// <summary>The bytes of a container's configuration; null when there is none.</summary>
    /// <exception cref="LinuxException">The file cannot be read.</exception>
    public ReadOnlyMemory<byte>? Read(string containerId) =>
        DurableFile.Read(FileOf(containerId), Longest) is { } text ? Encoding.UTF8.GetBytes(text) : default(ReadOnlyMemory<byte>?);

    /// <summary>Forgets a container, and what a killed call half wrote. What cannot be deleted does no harm: another DEL succeeds as well.</summary>
    public void Delete(string containerId)
    {
        try
        {
            File.Delete(TemporaryOf(containerId));
            File.Delete(FileOf(containerId));
        }
        catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
        {
            // Told to nobody, as the contract has it.
        }
    }

    /// <summary>The containers that have a configuration here.</summary>
    public IReadOnlyList<string> List() =>
        Directory.Exists(directory)
            ? [.. Directory.EnumerateFiles(directory).Select(file => Path.GetFileName(file)).Where(name => !name.StartsWith('.')).Order(StringComparer.Ordinal)]
            : [];

    // A container's name starts with a letter or a digit, so this is none.
    private string TemporaryOf(string containerId) => Path.Combine(directory, $".{containerId}{Aside}");

    private string FileOf(string containerId) => Path.Combine(directory, containerId);
}
