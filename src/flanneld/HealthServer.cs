using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Wrapped = Microsoft.Extensions.Options.Options;

namespace Flannel.Daemon;

/// <summary>The HTTP server of the probes: Kestrel alone, without a host, routing or configuration around it.</summary>
internal sealed class HealthServer : IAsyncDisposable
{
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(3);

    private readonly KestrelServer _server;
    private readonly ListenOptions _listen;
    private readonly TimeProvider _time;

    private HealthServer(KestrelServer server, ListenOptions listen, TimeProvider time) => (_server, _listen, _time) = (server, listen, time);

    /// <summary>Where it listens; with the port the kernel chose when 0 was asked for.</summary>
    public IPEndPoint EndPoint => _listen.IPEndPoint!;

    /// <summary>Listens on an address or a host's name, or on every address when that is empty.</summary>
    /// <exception cref="HealthServerException">The port cannot be bound.</exception>
    public static async Task<HealthServer> StartAsync(string address, int port, Readiness readiness, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            var endPoint = new IPEndPoint(await ResolveAsync(address, cancellationToken), port);
            var options = new KestrelServerOptions { AddServerHeader = false };
            ListenOptions? listen = null;
            options.Listen(endPoint, chosen =>
            {
                chosen.Protocols = HttpProtocols.Http1;
                listen = chosen;
            });
            var transport = new SocketTransportFactory(Wrapped.Create(new SocketTransportOptions { IOQueueCount = 1 }), NullLoggerFactory.Instance);
            var server = new HealthServer(new KestrelServer(Wrapped.Create(options), transport, NullLoggerFactory.Instance), listen!, time);
            await server._server.StartAsync(new HealthEndpoints(readiness), cancellationToken);
            return server;
        }
        catch (Exception e) when (e is SocketException or ArgumentOutOfRangeException or IOException)
        {
            throw new HealthServerException(address, port, e);
        }
    }

    /// <summary>Stops listening, gives requests under way three seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(DrainLimit, _time);
        await _server.StopAsync(limit.Token);
        _server.Dispose();
    }

    private static async Task<IPAddress> ResolveAsync(string address, CancellationToken cancellationToken) =>
        address.Length == 0 ? IPAddress.IPv6Any
        : IPAddress.TryParse(address, out var literal) ? literal
        : (await Dns.GetHostAddressesAsync(address, cancellationToken))[0];
}
