using Flannel.Linux;

namespace Flannel.Cni.HostLocal;

/// <summary>Says that all addresses of a range set are taken, and by whom.</summary>
internal static class Exhaustion
{
    /// <summary>The standard plugin's words.</summary>
    public static string Message(RangeSet set) => $"no IP addresses available in range set: {set}";

    /// <summary>The fault of an ADD: the standard plugin's message, and as its details how many addresses are held, how many of them live, and what to do about the rest.</summary>
    public static CniException Fault(int index, HostLocalConfig config)
    {
        var set = config.Sets[index];
        using var book = AddressBook.OpenExisting(config.Folder);
        List<Reservation> held = [.. book?.Read().Where(reservation => !reservation.IsAbandoned && set.RangeOf(reservation.Address) is not null) ?? []];
        return Allocation.Fault(index, Message(set), $"{held.Count} addresses are held, {LivePart(held)}; {Remedy(config.Folder)}");
    }

    private static string LivePart(List<Reservation> held)
    {
        try
        {
            var live = Liveness.Survey();
            return $"by {Containers(held.Where(live.IsLive))} containers that live and {Containers(held.Where(reservation => !live.IsLive(reservation)))} that are gone";
        }
        catch (Exception refused) when (refused is LinuxException or UnauthorizedAccessException)
        {
            return $"by {Containers(held)} containers, live or gone";
        }
    }

    private static int Containers(IEnumerable<Reservation> held) => held.DistinctBy(reservation => reservation.Holder?.ContainerId).Count();

    private static string Remedy(string folder)
    {
        var dataDirectory = Path.GetDirectoryName(folder);
        var flag = dataDirectory == AddressBook.DefaultDataDirectory ? "" : $" --data-dir={dataDirectory}";
        return $"'flannelctl ipam gc{flag}' lists what leaked and frees it with --yes";
    }
}
