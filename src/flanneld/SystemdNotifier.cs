using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Flannel.Daemon;

/// <summary>Tells systemd how the service stands: one datagram per state to the socket that <c>NOTIFY_SOCKET</c> names (sd_notify(3)); without one, nothing.</summary>
/// <param name="address">A path, or a name in the abstract space behind <c>@</c>; null or empty: nobody asked.</param>
/// <param name="logger">Gets the first failure; the later ones would be the same.</param>
internal sealed partial class SystemdNotifier(string? address, ILogger<SystemdNotifier> logger)
{
    private int _readySent;
    private int _failureLogged;

    /// <summary>The network is up. Sent once, however often it is called.</summary>
    public void Ready()
    {
        if (Interlocked.Exchange(ref _readySent, 1) == 0)
        {
            Send("READY=1"u8);
        }
    }

    /// <summary>The service is going down.</summary>
    public void Stopping() => Send("STOPPING=1"u8);

    private void Send(ReadOnlySpan<byte> state)
    {
        if (string.IsNullOrEmpty(address))
        {
            return;
        }

        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.SendTo(state, new UnixDomainSocketEndPoint(address[0] == '@' ? $"\0{address[1..]}" : address));
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            if (Interlocked.Exchange(ref _failureLogged, 1) == 0)
            {
                Log.NotNotified(logger, Encoding.UTF8.GetString(state), address, e.Message);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "systemd was not told {State} at {Address}: {Reason}")]
        public static partial void NotNotified(ILogger logger, string state, string address, string reason);
    }
}
