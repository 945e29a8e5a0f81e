using Flannel.Linux;

namespace Flannel.Cni.HostLocal;

/// <summary>What is given out on this host in all the books of a data directory, and what of it leaked.</summary>
public sealed class AddressSurvey
{
    private readonly Liveness _live;
    private readonly DateTime _youngFrom;

    private AddressSurvey(string dataDirectory, List<Holding> seen, Liveness live, DateTime youngFrom)
    {
        (DataDirectory, _live, _youngFrom) = (dataDirectory, live, youngFrom);
        var living = seen.Where(holding => live.IsLive(holding.Reservation)).Select(holding => holding.ContainerId).ToHashSet();
        Holdings = [.. seen.Select(holding => holding with { State = Judge(holding, living) })];
    }

    public string DataDirectory { get; }

    /// <summary>Every reservation, by network and address.</summary>
    public IReadOnlyList<Holding> Holdings { get; }

    /// <param name="dataDirectory">It has one directory for each network.</param>
    /// <param name="grace">What is younger than this is no leak.</param>
    /// <param name="lookAround">Finds out what lives. It is called when the books have been read: what is in them by then is on an interface, leaked, or young.</param>
    /// <param name="time">Says what is young.</param>
    /// <exception cref="LinuxException">A book or a namespace cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The same for a directory, or a process cannot be looked at.</exception>
    public static AddressSurvey Take(string dataDirectory, TimeSpan grace, Func<Liveness> lookAround, TimeProvider time)
    {
        List<Holding> seen = [];
        foreach (var folder in Books(dataDirectory))
        {
            using var book = AddressBook.OpenExisting(folder);
            foreach (var reservation in (book?.Read() ?? []).OrderBy(reservation => reservation.Address))
            {
                seen.Add(new Holding(Path.GetFileName(folder), reservation, File.GetLastWriteTimeUtc(reservation.Path), HoldingState.Leaked));
            }
        }

        return new AddressSurvey(dataDirectory, seen, lookAround(), time.GetUtcNow().UtcDateTime - grace);
    }

    /// <summary>Whether something made at that moment may belong to an ADD that is under way.</summary>
    public bool IsYoung(DateTime since) => since > _youngFrom;

    /// <summary>Whether a container runs, or holds anything that did not leak.</summary>
    public bool IsNeeded(string containerId) =>
        _live.Runs(containerId) || Holdings.Any(holding => holding.ContainerId == containerId && holding.State != HoldingState.Leaked);

    /// <summary>Frees what leaked, and returns it. What changed since it was seen is another's by now and left alone.</summary>
    public static IReadOnlyList<Holding> Free(IEnumerable<Holding> leaked)
    {
        List<Holding> freed = [];
        foreach (var group in leaked.GroupBy(holding => Path.GetDirectoryName(holding.Reservation.Path)!))
        {
            using var book = AddressBook.OpenExisting(group.Key);
            var present = book?.Read().ToHashSet() ?? [];
            List<Holding> same =
                [.. group.Where(holding => present.Contains(holding.Reservation) && File.GetLastWriteTimeUtc(holding.Reservation.Path) == holding.Since)];
            book?.Release(same.Select(holding => holding.Reservation));
            freed.AddRange(same);
        }

        return freed;
    }

    private HoldingState Judge(Holding holding, HashSet<string> living) =>
        holding.Reservation.Holder is null || _live.IsLive(holding.Reservation) || holding.ContainerId.Length > 0 && living.Contains(holding.ContainerId) ? HoldingState.Live :
        IsYoung(holding.Since) ? HoldingState.Young :
        HoldingState.Leaked;

    // Whatever else is in the data directory has no lock.
    private static IEnumerable<string> Books(string dataDirectory) =>
        Directory.Exists(dataDirectory)
            ? Directory.EnumerateDirectories(dataDirectory).Where(folder => File.Exists(Path.Combine(folder, AddressBook.LockName))).Order(StringComparer.Ordinal)
            : [];
}
