using System.Net;

namespace Flannel.Daemon;

/// <summary>The health server cannot listen where it was told to.</summary>
internal sealed class HealthServerException(string address, int port, Exception reason)
    : Exception($"the health server cannot listen on {(address.Length == 0 ? "any address" : address)}, port {port}: {Explain(port, reason)}", reason)
{
    private static string Explain(int port, Exception reason) =>
        port > IPEndPoint.MaxPort ? $"ports end at {IPEndPoint.MaxPort}" : reason.Message;
}
