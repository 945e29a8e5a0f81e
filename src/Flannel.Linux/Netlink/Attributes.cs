using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Flannel.Linux.Interop;

namespace Flannel.Linux.Netlink;

/// <summary>The attributes of a message or of a nested attribute, in wire order: <c>foreach (var attribute in new Attributes(bytes))</c>.</summary>
internal ref struct Attributes(ReadOnlySpan<byte> bytes)
{
    private const int FlagBits = LinuxNetlink.NLA_F_NESTED | LinuxNetlink.NLA_F_NET_BYTEORDER;

    private ReadOnlySpan<byte> _rest = bytes;

    public NetlinkAttribute Current { get; private set; }

    public readonly Attributes GetEnumerator() => this;

    /// <exception cref="FormatException">A length that does not fit.</exception>
    public bool MoveNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var header = Unsafe.SizeOf<nlattr>();
        if (!MemoryMarshal.TryRead<nlattr>(_rest, out var attribute) || attribute.nla_len < header || attribute.nla_len > _rest.Length)
        {
            throw new FormatException($"netlink: an attribute that does not fit the {_rest.Length} bytes left");
        }

        Current = new NetlinkAttribute((ushort)(attribute.nla_type & ~FlagBits), _rest[header..attribute.nla_len]);
        _rest = _rest[Math.Min(_rest.Length, (attribute.nla_len + 3) & ~3)..];
        return true;
    }
}
