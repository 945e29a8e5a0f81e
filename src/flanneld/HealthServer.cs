using System.Net;
using System.Net.Sockets;
using Flannel.Daemon.Http;

namespace Flannel.Daemon;

/// <summary>Where the probes are served.</summary>
internal static class HealthServer
{
    /// <summary>Listens on an address or a host's name, or on every address when that is empty.</summary>
    /// <exception cref="HealthServerException">The port cannot be bound.</exception>
    public static async Task<HttpServer> StartAsync(string address, int port, Readiness readiness, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            var endPoint = new IPEndPoint(await ResolveAsync(address, cancellationToken), port);
            return HttpServer.Start(endPoint, new HealthEndpoints(readiness).Answer, time);
        }
        catch (Exception e) when (e is SocketException or ArgumentOutOfRangeException)
        {
            throw new HealthServerException(address, port, e);
        }
    }

    private static async Task<IPAddress> ResolveAsync(string address, CancellationToken cancellationToken) =>
        address.Length == 0 ? (Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any)
        : IPAddress.TryParse(address, out var literal) ? literal
        : (await Dns.GetHostAddressesAsync(address, cancellationToken))[0];
}
