using System.Net;
using System.Net.Sockets;
using Flannel.Stores;
using Xunit;

namespace Flannel.StoreTests;

public sealed class AttendedStreamTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public AttendedStreamTests() => _listener.Start();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_awaits_each_arrival_goes_on_in_one_thread_of_the_connections_own()
    {
        using var server = await ConnectAsync(Token);
        var threads = new HashSet<Thread>();
        var read = ReadAllAsync();

        for (byte i = 1; i <= 3; i++)
        {
            await server.Peer.WriteAsync(new[] { i }, Token);
            await server.EchoAsync(i);
        }

        server.Peer.Dispose();
        Assert.Equal([1, 2, 3], await read.WaitAsync(Deadline, Token));
        Assert.False(Assert.Single(threads).IsThreadPoolThread);

        async Task<List<byte>> ReadAllAsync()
        {
            var received = new List<byte>();
            var buffer = new byte[16];
            while (await server.Stream.ReadAsync(buffer, Token) is > 0 and var length)
            {
                threads.Add(Thread.CurrentThread);
                received.AddRange(buffer[..length]);
                await server.Stream.WriteAsync(buffer.AsMemory(0, length), Token);
            }

            return received;
        }
    }

    [Fact]
    public async Task A_cancelled_read_ends_and_the_connection_with_it()
    {
        using var pair = await ConnectAsync(Token);
        using var end = new CancellationTokenSource();
        var read = pair.Stream.ReadAsync(new byte[1], end.Token).AsTask();

        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WaitAsync(Deadline, Token));
        Assert.Equal(0, await pair.Peer.ReadAsync(new byte[1], Token).AsTask().WaitAsync(Deadline, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pair.Stream.ReadExactlyAsync(new byte[1], Token));
    }

    [Fact]
    public async Task A_connection_that_is_closed_here_ends_its_read_and_its_thread()
    {
        using var pair = await ConnectAsync(Token);
        Thread? thread = null;
        var read = ReadAsync();
        await pair.Peer.WriteAsync(new byte[] { 1 }, Token);
        await pair.EchoAsync(1);

        await pair.Stream.DisposeAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => read.WaitAsync(Deadline, Token));
        Assert.True(thread!.Join(Deadline));

        async Task ReadAsync()
        {
            var buffer = new byte[1];
            while (true)
            {
                await pair.Stream.ReadExactlyAsync(buffer, Token);
                thread = Thread.CurrentThread;
                await pair.Stream.WriteAsync(buffer, Token);
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_end_of_its_life_breaks_a_connection_whether_it_is_read_or_not(bool isRead)
    {
        using var life = new CancellationTokenSource();
        using var pair = await ConnectAsync(life.Token);
        var read = isRead ? pair.Stream.ReadAsync(new byte[1], Token).AsTask() : null;

        await life.CancelAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => (read ?? pair.Stream.ReadAsync(new byte[1], Token).AsTask()).WaitAsync(Deadline, Token));
        Assert.Equal(0, await pair.Peer.ReadAsync(new byte[1], Token).AsTask().WaitAsync(Deadline, Token));
    }

    [Fact]
    public async Task Nobody_at_the_other_end_is_told_as_it_is_and_a_try_can_be_given_up()
    {
        var endpoint = EndPoint;
        _listener.Stop();

        var failure = await Assert.ThrowsAnyAsync<SocketException>(() => AttendedStream.ConnectAsync(endpoint, CancellationToken.None, Token).WaitAsync(Deadline, Token));

        Assert.Equal(SocketError.ConnectionRefused, failure.SocketErrorCode);
        var ended = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AttendedStream.ConnectAsync(endpoint, CancellationToken.None, ended));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AttendedStream.ConnectAsync(endpoint, ended, Token));
    }

    public void Dispose() => _listener.Dispose();

    private DnsEndPoint EndPoint => new("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port);

    private async Task<Pair> ConnectAsync(CancellationToken life)
    {
        var stream = await AttendedStream.ConnectAsync(EndPoint, life, Token);
        return new Pair(stream, (await _listener.AcceptTcpClientAsync(Token)).GetStream());
    }

    /// <summary>Both ends of a connection.</summary>
    private sealed record Pair(AttendedStream Stream, NetworkStream Peer) : IDisposable
    {
        /// <summary>Waits until the other end has said this byte.</summary>
        public async Task EchoAsync(byte expected)
        {
            var echo = new byte[1];
            await Peer.ReadExactlyAsync(echo, Token);
            Assert.Equal(expected, echo[0]);
        }

        public void Dispose()
        {
            Stream.Dispose();
            Peer.Dispose();
        }
    }
}
