using System.Globalization;
using Flannel.Config;
using Flannel.Linux;

namespace Flannel.Cni;

/// <summary>Reads the subnet file for ADD, which may come before the daemon is up.</summary>
internal static class SubnetEnvReader
{
    private const int Longest = 1024 * 1024;

    /// <summary>The subnet file, waited for while there is none.</summary>
    /// <exception cref="CniException">It did not come, cannot be read or is incomplete; the daemon's own reason is in the message.</exception>
    public static SubnetEnv Await(string path, TimeSpan patience)
    {
        try
        {
            string? text = null;
            return Polling.Until(() => (text = DurableFile.Read(path, Longest)) is not null, patience)
                ? SubnetEnv.Parse(text!, path)
                : throw Fault($"open {path}: no such file or directory{Waited(patience)}", path);
        }
        catch (Exception fault) when (fault is FormatException or LinuxException)
        {
            throw Fault(fault.Message, path, fault);
        }
    }

    private static CniException Fault(string cause, string path, Exception? fault = null)
    {
        var reason = DaemonState.Read(DaemonState.FileBeside(path)) is { } state ? $"; flanneld: {state}" : "";
        return new CniException(
            CniException.Internal, $"failed to load flannel 'subnet.env' file: {cause}{reason}. Check the flannel pod log for this node.", cause: fault);
    }

    private static string Waited(TimeSpan patience) =>
        patience > TimeSpan.Zero ? string.Create(CultureInfo.InvariantCulture, $" after {patience.TotalSeconds:0.###} s") : "";
}
