using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Xunit;

namespace Flannel.Testing;

/// <summary>Random bytes sent over one TCP connection and compared at the other end by their digest.</summary>
/// <param name="Bytes">How many.</param>
/// <param name="Duration">From the first packet to the last.</param>
/// <param name="Source">The address from which the receiver saw them come.</param>
public sealed record TcpTransfer(long Bytes, TimeSpan Duration, IPAddress Source)
{
    private const int BlockLength = 64 * 1024;

    /// <summary>Sends whole blocks of 64 KiB until at least so many bytes have gone.</summary>
    /// <exception cref="SocketException">The connection failed or was lost.</exception>
    /// <exception cref="InvalidDataException">Other bytes arrived than were sent.</exception>
    public static async Task<TcpTransfer> RunAsync(Node from, Node to, IPAddress address, long bytes)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var listener = to.Netns.Run(() => NewSocket(address));
        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen(1);
        var started = Stopwatch.GetTimestamp();
        var arriving = ReceiveAsync(listener, cancellationToken);
        using var client = from.Netns.Run(() => NewSocket(address));
        await client.ConnectAsync(listener.LocalEndPoint!, cancellationToken);
        var sent = await SendAsync(client, bytes, cancellationToken);
        var (arrived, source) = await arriving;
        return sent == arrived
            ? new TcpTransfer(sent.Bytes, Stopwatch.GetElapsedTime(started), source)
            : throw new InvalidDataException($"{from} sent {sent}, {to} received {arrived}");
    }

    private static Socket NewSocket(IPAddress address) => new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);

    private static async Task<(long Bytes, string Digest)> SendAsync(Socket socket, long bytes, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[BlockLength];
        var sent = 0L;
        for (; sent < bytes; sent += BlockLength)
        {
            RandomNumberGenerator.Fill(block);
            hash.AppendData(block);
            await socket.SendAsync(block, SocketFlags.None, cancellationToken);
        }

        socket.Shutdown(SocketShutdown.Send);
        return (sent, Convert.ToHexStringLower(hash.GetCurrentHash()));
    }

    private static async Task<((long Bytes, string Digest) Arrived, IPAddress Source)> ReceiveAsync(Socket listener, CancellationToken cancellationToken)
    {
        using var connection = await listener.AcceptAsync(cancellationToken);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[BlockLength];
        var total = 0L;
        while (await connection.ReceiveAsync(block, SocketFlags.None, cancellationToken) is var length and > 0)
        {
            hash.AppendData(block, 0, length);
            total += length;
        }

        return ((total, Convert.ToHexStringLower(hash.GetCurrentHash())), ((IPEndPoint)connection.RemoteEndPoint!).Address);
    }
}
