namespace Flannel.Testing;

/// <summary>Asks a web server as a program on a node would.</summary>
public static class Http
{
    /// <summary>One request over a connection of its own.</summary>
    /// <exception cref="HttpRequestException">Nothing listens there.</exception>
    public static async Task<HttpAnswer> GetAsync(Node from, string url)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false, ConnectCallback = (context, token) => from.ConnectAsync(context.DnsEndPoint, token) };
        using var client = new HttpClient(handler);
        using var response = await client.GetAsync(new Uri(url));
        return new HttpAnswer(response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
