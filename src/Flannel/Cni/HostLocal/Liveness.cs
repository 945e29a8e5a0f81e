using Flannel.Linux;

namespace Flannel.Cni.HostLocal;

/// <summary>What lives on this host at one moment, by the kernel's word: addresses on interfaces, and the control groups of processes, which carry their container's name.</summary>
public sealed class Liveness
{
    // Shorter ones may be part of anything.
    private const int ShortestIdentifier = 12;
    private const int LongestList = 64 << 10;

    private readonly HashSet<Cidr> _addresses;
    private readonly HashSet<string> _groups;

    /// <param name="addresses">Hosts.</param>
    /// <param name="groups">Paths of control groups.</param>
    internal Liveness(IEnumerable<Cidr> addresses, IEnumerable<string> groups) => (_addresses, _groups) = ([.. addresses], [.. groups]);

    /// <summary>Looks into every network namespace. Takes about a tenth of a millisecond for each.</summary>
    /// <exception cref="LinuxException">A namespace is there and cannot be entered.</exception>
    /// <exception cref="UnauthorizedAccessException">Processes of others cannot be looked at.</exception>
    public static Liveness Survey()
    {
        var live = new Liveness([], []);
        foreach (var path in Netns.ListPaths())
        {
            try
            {
                live._addresses.UnionWith(NetnsAddresses.Read(path));
            }
            catch (LinuxException gone) when (gone.Errno is Errnos.ENOENT or Errnos.ESRCH)
            {
                // It went with its last process since it was listed.
            }
        }

        live._groups.UnionWith(ControlGroups());
        return live;
    }

    /// <summary>Whether an interface anywhere has the address, or a process of its container runs.</summary>
    public bool IsLive(Reservation reservation) =>
        _addresses.Contains(reservation.Address) || reservation.Holder is not { } holder || Runs(holder.ContainerId);

    /// <summary>Whether a control group with processes is named after the container.</summary>
    public bool Runs(string containerId) =>
        containerId.Length >= ShortestIdentifier && _groups.Any(group => group.Contains(containerId, StringComparison.Ordinal));

    private static IEnumerable<string> ControlGroups()
    {
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            foreach (var line in char.IsAsciiDigit(Path.GetFileName(process.AsSpan())[0]) ? GroupsOf(process) : [])
            {
                yield return line;
            }
        }
    }

    private static string[] GroupsOf(string process)
    {
        try
        {
            return DurableFile.Read($"{process}/cgroup", LongestList)?.Split('\n') ?? [];
        }
        catch (LinuxException gone) when (gone.Errno == Errnos.ESRCH)
        {
            return [];
        }
    }
}
