using System.Net.Sockets;
using System.Text;
using Flannel.Daemon;
using Flannel.Daemon.Logging;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Flannel.UnitTests.Daemon;

public sealed class SystemdNotifierTests : IDisposable
{
    private readonly MemoryStream _log = new();
    private readonly KlogLoggerFactory _loggers;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("flannel-notify-");

    public SystemdNotifierTests() => _loggers = new KlogLoggerFactory(new LogOptions(), _log, TimeProvider.System);

    public void Dispose()
    {
        _loggers.Dispose();
        _directory.Delete(recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ready_is_told_once_and_stopping_at_the_end(bool isAbstract)
    {
        var address = isAbstract ? $"@flannel-{Guid.NewGuid():n}" : Path.Combine(_directory.FullName, "notify");
        using var systemd = Listen(address);
        var notifier = Notifier(address);
        notifier.Ready();
        notifier.Ready();
        notifier.Stopping();

        Assert.Equal("READY=1", Receive(systemd));
        Assert.Equal("STOPPING=1", Receive(systemd));
        Assert.Equal(0, systemd.Available);
        Assert.Equal("", LogText());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Without_a_socket_nothing_happens(string? address)
    {
        Notifier(address).Ready();

        Assert.Equal("", LogText());
    }

    [Theory]
    [InlineData("notify")]
    [InlineData("a-name-far-beyond-what-fits-into-the-address-of-a-unix-socket-which-ends-after-one-hundred-and-eight-bytes-here")]
    public void A_socket_nobody_listens_on_is_logged_once(string name)
    {
        var address = Path.Combine(_directory.FullName, name);
        var notifier = Notifier(address);
        notifier.Ready();
        notifier.Stopping();

        var line = Assert.Single(LogText().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("W", line, StringComparison.Ordinal);
        Assert.Contains($"] systemd was not told READY=1 at {address}: ", line, StringComparison.Ordinal);
    }

    private SystemdNotifier Notifier(string? address) => new(address, _loggers.CreateLogger<SystemdNotifier>());

    private static Socket Listen(string address)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 5000 };
        socket.Bind(new UnixDomainSocketEndPoint(address[0] == '@' ? $"\0{address[1..]}" : address));
        return socket;
    }

    private static string Receive(Socket socket)
    {
        var buffer = new byte[64];
        return Encoding.UTF8.GetString(buffer.AsSpan(0, socket.Receive(buffer)));
    }

    private string LogText() => Encoding.UTF8.GetString(_log.ToArray());
}
