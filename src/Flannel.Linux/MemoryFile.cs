using Flannel.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Flannel.Linux;

/// <summary>A file without a name that lives in memory as long as somebody holds it (memfd_create): unlike a pipe it is never full.</summary>
internal sealed class MemoryFile : IDisposable
{
    /// <param name="content">What a reader finds from the start.</param>
    /// <exception cref="LinuxException">EMFILE.</exception>
    public MemoryFile(ReadOnlySpan<byte> content = default)
    {
        Handle = Libc.memfd_create("flannel", Libc.MFD_CLOEXEC);
        if (Handle.IsInvalid)
        {
            throw Libc.Failure("memfd_create");
        }

        RandomAccess.Write(Handle, content, 0);
    }

    public SafeFileHandle Handle { get; }

    public byte[] Read()
    {
        var bytes = new byte[RandomAccess.GetLength(Handle)];
        var count = RandomAccess.Read(Handle, bytes, 0);
        return count == bytes.Length ? bytes : bytes[..count];
    }

    public void Dispose() => Handle.Dispose();
}
