using System.Runtime.InteropServices;
using Flannel.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Flannel.Linux;

/// <summary>
/// Standard input, output or error, byte by byte as it is. The console's streams start a thread for signals, and those of files write where they think they are, over what
/// others wrote meanwhile to the same file.
/// </summary>
public sealed class StandardStream : Stream
{
    private readonly SafeFileHandle _descriptor;

    private StandardStream(int descriptor, bool isInput) => (_descriptor, CanRead) = (new SafeFileHandle(descriptor, ownsHandle: false), isInput);

    public static StandardStream Input => new(0, isInput: true);

    public static StandardStream Output => new(1, isInput: false);

    public static StandardStream Error => new(2, isInput: false);

    public override bool CanRead { get; }

    public override bool CanWrite => !CanRead;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="LinuxException">EBADF when the program was started without it.</exception>
    public override int Read(Span<byte> buffer)
    {
        nint count;
        do
        {
            count = Libc.read(_descriptor, buffer, (nuint)buffer.Length);
        }
        while (count < 0 && Marshal.GetLastPInvokeError() == Errnos.EINTR);
        return count < 0 ? throw Libc.Failure("read") : (int)count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <exception cref="LinuxException">EPIPE when nobody reads any more, ENOSPC.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var count = Libc.write(_descriptor, buffer, (nuint)buffer.Length);
            if (count >= 0)
            {
                buffer = buffer[(int)count..];
            }
            else if (Marshal.GetLastPInvokeError() != Errnos.EINTR)
            {
                throw Libc.Failure("write");
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
