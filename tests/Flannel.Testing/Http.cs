using System.Net;
using System.Net.Sockets;

namespace Flannel.Testing;

/// <summary>Asks a web server as a program on a node would.</summary>
public static class Http
{
    /// <summary>One request over a connection of its own.</summary>
    /// <exception cref="HttpRequestException">Nothing listens there.</exception>
    public static async Task<HttpAnswer> GetAsync(Node from, string url)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false, ConnectCallback = (context, token) => ConnectAsync(from, context.DnsEndPoint, token) };
        using var client = new HttpClient(handler);
        using var response = await client.GetAsync(new Uri(url));
        return new HttpAnswer(response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static async ValueTask<Stream> ConnectAsync(Node from, DnsEndPoint server, CancellationToken cancellationToken)
    {
        var socket = from.Netns.Run(() => new Socket(SocketType.Stream, ProtocolType.Tcp));
        try
        {
            await socket.ConnectAsync(IPAddress.Parse(server.Host), server.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
