using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Flannel.Testing;

namespace Flannel.Bench.Bed;

/// <summary>
/// A real etcd inside a node, and the API's own JSON form to speak with it, so that nothing of what is measured has a part in it. Its data lie in memory, in a mount
/// namespace of its own: no disk is measured, nothing is left behind.
/// </summary>
internal sealed class Etcd : IAsyncDisposable
{
    private const int Port = 2379;
    private const int KeysPerTransaction = 1000;
    private const int LeaseSeconds = 24 * 3600;

    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(30);

    private readonly ChildProcess _server;
    private readonly HttpClient _client;

    private Etcd(Node node, IPAddress address)
    {
        Endpoint = $"http://{address}:{Port}";
        var mount = $"mount -t tmpfs etcd /mnt && exec etcd --data-dir /mnt/data --listen-client-urls {Endpoint} --advertise-client-urls {Endpoint} " +
            $"--listen-peer-urls http://127.0.0.1:2380 --max-txn-ops {KeysPerTransaction} --logger zap --log-level error";
        _server = ChildProcess.Start("unshare", ["--mount", "--propagation", "private", "--", "sh", "-c", mount], netns: node.Netns.Path);
        _client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (context, token) =>
            {
                var socket = node.Netns.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });
                await socket.ConnectAsync(new IPEndPoint(address, Port), token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        { BaseAddress = new Uri(Endpoint) };
    }

    public string Endpoint { get; }

    public static async Task<Etcd> StartAsync(Node node, IPAddress address)
    {
        var etcd = new Etcd(node, address);
        await Eventually.IsTrueAsync(etcd.AnswersAsync, StartDeadline);
        return etcd;
    }

    public Task ConfigureAsync(string backend, string more = "") =>
        PutAsync("/coreos.com/network/config", $$$"""{"Network":"10.0.0.0/8",{{{more}}}"Backend":{"Type":"{{{backend}}}"}}""");

    public Task PutAsync(string key, string value) => CallAsync("kv/put", $$"""{"key":"{{Encode(key)}}","value":"{{Encode(value)}}"}""");

    public Task DeleteAsync(string prefix)
    {
        var end = prefix[..^1] + (char)(prefix[^1] + 1);
        return CallAsync("kv/deleterange", $$"""{"key":"{{Encode(prefix)}}","range_end":"{{Encode(end)}}"}""");
    }

    /// <summary>Puts all peers, each with an etcd lease of its own as a real host has it.</summary>
    public async Task PutAsync(IReadOnlyList<Peer> peers, string backend)
    {
        var puts = new string[peers.Count];
        await Parallel.ForAsync(0, peers.Count, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            using var grant = JsonDocument.Parse(await CallAsync("lease/grant", $$"""{"TTL":{{LeaseSeconds}}}"""));
            var lease = grant.RootElement.GetProperty("ID").GetString();
            puts[i] = $$$"""{"request_put":{"key":"{{{Encode(peers[i].Key)}}}","value":"{{{Encode(peers[i].Value(backend))}}}","lease":"{{{lease}}}"}}""";
        });
        foreach (var chunk in puts.Chunk(KeysPerTransaction))
        {
            await CallAsync("kv/txn", $$"""{"success":[{{string.Join(',', chunk)}}]}""");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await CallAsync("kv/range", $$"""{"key":"{{Encode("/")}}"}""");
            return true;
        }
        catch (HttpRequestException) when (!_server.HasExited)
        {
            return false;
        }
    }

    private async Task<string> CallAsync(string call, string body)
    {
        using var content = new StringContent(body);
        using var answer = await _client.PostAsync(new Uri($"v3/{call}", UriKind.Relative), content);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? text : throw new HttpRequestException($"{call}: {text}");
    }

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
