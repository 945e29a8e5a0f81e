using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Flannel.Linux.Interop;

namespace Flannel.Linux.Netlink;

/// <summary>The messages of one datagram: <c>foreach (var message in new Messages(datagram))</c>.</summary>
internal ref struct Messages(ReadOnlySpan<byte> datagram)
{
    private ReadOnlySpan<byte> _rest = datagram;

    public NetlinkMessage Current { get; private set; }

    public readonly Messages GetEnumerator() => this;

    /// <exception cref="FormatException">A length that does not fit.</exception>
    public bool MoveNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var header = Unsafe.SizeOf<nlmsghdr>();
        if (!MemoryMarshal.TryRead<nlmsghdr>(_rest, out var message) || message.nlmsg_len < header || message.nlmsg_len > _rest.Length)
        {
            throw new FormatException($"netlink: a message that does not fit the {_rest.Length} bytes left");
        }

        var length = (int)message.nlmsg_len;
        Current = new NetlinkMessage(message, _rest[header..length]);
        _rest = _rest[Math.Min(_rest.Length, (length + 3) & ~3)..];
        return true;
    }
}
