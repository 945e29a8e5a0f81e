using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Flannel.Linux;
using Xunit;

namespace Flannel.Testing;

/// <summary>
/// A machine of the test bed: a network namespace without a name, which is gone with this process however that ends. Its addresses are those the bed gave it.
/// </summary>
public abstract class Node : IDisposable
{
    private protected Node(string name)
        : this(name, Netns.Create())
    {
        SetSysctl("net.ipv6.conf.all.accept_dad", "0");
        SetSysctl("net.ipv6.conf.default.accept_dad", "0");
        SetSysctl("net.ipv4.ping_group_range", "0 2147483647");
    }

    /// <param name="name">How failures name it.</param>
    /// <param name="netns">Somebody else's, which is left as it is; disposed with the node.</param>
    private protected Node(string name, Netns netns) => (Name, Netns) = (name, netns);

    public string Name { get; }

    public Netns Netns { get; }

    /// <summary>IPv4 first where there are both.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; protected set; } = [];

    public IPAddress Address => Addresses.First(address => address.AddressFamily == AddressFamily.InterNetwork);

    public IPAddress AddressV6 => Addresses.First(address => address.AddressFamily == AddressFamily.InterNetworkV6);

    /// <summary>Runs a command line inside, words parted by single blanks as in <c>ip route show</c>, and returns what it printed.</summary>
    /// <exception cref="CommandException">It ended with another code than 0.</exception>
    public async Task<string> RunAsync(string commandLine, string? input = null)
    {
        var result = await TryRunAsync(commandLine, input);
        return result.ExitCode == 0 ? result.Output : throw new CommandException(Name, commandLine, input, result);
    }

    /// <summary>Like <see cref="RunAsync"/>, whatever the exit code.</summary>
    public Task<ToolResult> TryRunAsync(string commandLine, string? input = null)
    {
        var words = commandLine.Split(' ');
        return Netns.Run(() => Tool.RunAsync(words[0], words[1..], input, TestContext.Current.CancellationToken));
    }

    /// <summary>Runs a command that prints JSON, such as <c>ip -j route</c>.</summary>
    public async Task<JsonElement> ReadAsync(string commandLine)
    {
        var text = await RunAsync(commandLine);
        return JsonElement.Parse(text.Length == 0 ? "[]" : text);
    }

    /// <summary>Lines for <c>ip -batch</c>, run in one go.</summary>
    public Task ConfigureAsync(params IEnumerable<string> lines) => RunAsync("ip -batch -", string.Join('\n', lines) + '\n');

    /// <summary>Sets a kernel parameter of the namespace, named as in <c>sysctl</c>: with dots, or with slashes where a device has a dot in its name.</summary>
    public void SetSysctl(string name, string value) => Netns.Run(() => File.WriteAllText(SysctlFile(name), value));

    public string GetSysctl(string name) => Netns.Run(() => File.ReadAllText(SysctlFile(name)).Trim());

    /// <summary>A connection from here to a server, for an HTTP client of this process.</summary>
    internal async ValueTask<Stream> ConnectAsync(DnsEndPoint server, CancellationToken cancellationToken)
    {
        var socket = Netns.Run(() => new Socket(SocketType.Stream, ProtocolType.Tcp));
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

    public override string ToString() => Name;

    public void Dispose()
    {
        Netns.Dispose();
        GC.SuppressFinalize(this);
    }

    // A device passes packets, and a bridge port forwards, only once the kernel has noticed the carrier, which it may do late when many links change.
    internal Task WaitUntilUpAsync(string device) =>
        Eventually.BecomesAsync(() => RunAsync($"ip link show {device}"), state => state.Contains("state UP", StringComparison.Ordinal));

    internal Task WaitUntilForwardingAsync(string port) =>
        Eventually.BecomesAsync(() => RunAsync($"bridge link show dev {port}"), state => state.Contains("state forwarding", StringComparison.Ordinal));

    private static string SysctlFile(string name) => "/proc/sys/" + (name.Contains('/', StringComparison.Ordinal) ? name : name.Replace('.', '/'));
}
