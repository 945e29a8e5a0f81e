namespace Flannel.Linux.Netlink;

/// <summary>With FLANNEL_NETLINK_DEBUG=1 every datagram is written to standard error in hexadecimal, to be compared with <c>strace</c> or nlmon.</summary>
internal static class NetlinkTrace
{
    private static readonly bool s_enabled = Environment.GetEnvironmentVariable("FLANNEL_NETLINK_DEBUG") == "1";

    public static void Sent(ReadOnlySpan<byte> datagram) => Write("netlink >", datagram);

    public static void Received(ReadOnlySpan<byte> datagram) => Write("netlink <", datagram);

    private static void Write(string direction, ReadOnlySpan<byte> datagram)
    {
        if (s_enabled)
        {
            Console.Error.WriteLine($"{direction} {Convert.ToHexStringLower(datagram)}");
        }
    }
}
