using System.Text;
using System.Threading.Channels;
using Flannel.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Flannel.Linux;

/// <summary>
/// Says which entries of one directory were touched: written and closed, moved, deleted, given other rights. What an entry is now, the reader looks up; so a thousand
/// writes to one file cost as much as one. Built on inotify(7), read by a thread of its own that sleeps in the kernel.
/// </summary>
public sealed class DirectoryWatch : IDisposable
{
    /// <summary>More names than this waiting to be taken count as a lost history.</summary>
    private const int MostNames = 10_000;

    private const uint EntryEvents =
        Libc.IN_ATTRIB | Libc.IN_CLOSE_WRITE | Libc.IN_MOVED_FROM | Libc.IN_MOVED_TO | Libc.IN_DELETE | Libc.IN_DELETE_SELF | Libc.IN_MOVE_SELF | Libc.IN_ONLYDIR;

    private const uint ParentEvents = Libc.IN_DELETE_SELF | Libc.IN_MOVE_SELF | Libc.IN_ONLYDIR;
    private const uint EndEvents = Libc.IN_DELETE_SELF | Libc.IN_MOVE_SELF | Libc.IN_UNMOUNT | Libc.IN_IGNORED;

    private readonly Lock _lock = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly SafeFileHandle _inotify;
    private readonly int _directory;
    private HashSet<string> _names = [];
    private bool _isLost;
    private bool _isGone;

    /// <summary>Watches a directory, and whether its parent is moved or deleted.</summary>
    /// <exception cref="LinuxException">ENOENT when it does not exist, ENOTDIR, EACCES; ENOSPC and EMFILE at the limits in /proc/sys/fs/inotify.</exception>
    public DirectoryWatch(string path)
    {
        _inotify = Libc.inotify_init1(Libc.IN_CLOEXEC);
        if (_inotify.IsInvalid)
        {
            throw Libc.Failure("inotify_init1");
        }

        try
        {
            _directory = Add(path, EntryEvents);
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } parent)
            {
                Add(parent, ParentEvents);
            }
        }
        catch
        {
            _inotify.Dispose();
            throw;
        }

        new Thread(Read, 64 * 1024) { IsBackground = true, Name = "inotify" }.Start();
    }

    /// <summary>Waits until something was touched and takes all that was touched since the last call.</summary>
    public async Task<DirectoryTouch> NextAsync(CancellationToken cancellationToken)
    {
        await _wake.Reader.WaitToReadAsync(cancellationToken);
        _wake.Reader.TryRead(out _);
        lock (_lock)
        {
            var touch = new DirectoryTouch(_names, _isLost, _isGone);
            (_names, _isLost) = ([], false);
            return touch;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (!_isGone)
            {
                // The kernel answers with IN_IGNORED, which wakes the thread; closing the descriptor would not.
                _ = Libc.inotify_rm_watch(_inotify, _directory);
            }
        }
    }

    private int Add(string path, uint events)
    {
        var descriptor = Libc.inotify_add_watch(_inotify, path, events);
        return descriptor >= 0 ? descriptor : throw Libc.Failure($"inotify_add_watch {path}");
    }

    private void Read()
    {
        Span<byte> buffer = stackalloc byte[16 * 1024];
        for (var isGone = false; !isGone;)
        {
            var count = Libc.read(_inotify, buffer, (nuint)buffer.Length);
            var events = buffer[..Math.Max(0, (int)count)];
            lock (_lock)
            {
                while (!events.IsEmpty)
                {
                    events = events[Take(events)..];
                }

                isGone = _isGone;
                if (isGone)
                {
                    _inotify.Dispose();
                }
            }

            _wake.Writer.TryWrite(true);
        }

        _wake.Writer.Complete();
    }

    /// <summary>Takes the first event; returns its length.</summary>
    private int Take(ReadOnlySpan<byte> events)
    {
        var mask = BitConverter.ToUInt32(events[Libc.InotifyEventMask..]);
        var length = BitConverter.ToInt32(events[Libc.InotifyEventLength..]);
        var name = events.Slice(Libc.InotifyEventName, length).TrimEnd((byte)0);
        if ((mask & EndEvents) != 0)
        {
            _isGone = true;
        }
        else if ((mask & Libc.IN_Q_OVERFLOW) != 0 || _names.Count >= MostNames)
        {
            _isLost = true;
            _names.Clear();
        }
        else if (!name.IsEmpty)
        {
            _names.Add(Encoding.UTF8.GetString(name));
        }

        return Libc.InotifyEventName + length;
    }
}
