using Flannel.Linux;

namespace Flannel.Cni.HostLocal;

/// <summary>The addresses of one ADD, range set by range set. All or none.</summary>
internal sealed class Allocation
{
    private readonly AddressBook _book;
    private readonly CniAttachment _holder;
    private readonly Func<Cidr, bool> _isInUse;
    private readonly Dictionary<Cidr, Reservation> _taken = [];
    private readonly List<Cidr> _reserved = [];

    /// <param name="book">Opened, and kept so until the end.</param>
    /// <param name="holder">Who gets them.</param>
    /// <param name="isInUse">Whether an address is on an interface of the container already.</param>
    public Allocation(AddressBook book, CniAttachment holder, Func<Cidr, bool> isInUse)
    {
        (_book, _holder, _isInUse) = (book, holder, isInUse);
        foreach (var reservation in book.Read())
        {
            if (!reservation.IsAbandoned)
            {
                _taken[reservation.Address] = reservation;
            }
        }
    }

    /// <summary>
    /// One address of each range set: the one that is asked for, else the next in turn. What the attachment has already is given to it again when the container does not use
    /// it: it is from an ADD that was killed.
    /// </summary>
    /// <returns>Null when all addresses of the set <paramref name="exhausted"/> are taken; then, as with every fault, none is kept.</returns>
    /// <exception cref="CniException">One asked for is not to be had, or the attachment has one and uses it.</exception>
    public IReadOnlyList<CniAddress>? TakeAll(HostLocalConfig config, out int exhausted)
    {
        var isDone = false;
        try
        {
            var addresses = TakeEach(config, out exhausted);
            isDone = addresses is not null;
            return addresses;
        }
        finally
        {
            if (!isDone)
            {
                _reserved.ForEach(_book.Release);
            }
        }
    }

    /// <summary>A fault of one range set, in the standard plugin's words.</summary>
    public static CniException Fault(int index, string reason, string? details = null) =>
        new(CniException.Internal, $"failed to allocate for range {index}: {reason}", details);

    private List<CniAddress>? TakeEach(HostLocalConfig config, out int exhausted)
    {
        List<CniAddress> addresses = [];
        var requests = config.Requested.ToList();
        for (var index = 0; index < config.Sets.Count; index++)
        {
            var set = config.Sets[index];
            var request = requests.FindIndex(host => set.RangeOf(host) is not null);
            var address = request >= 0 ? TakeRequested(index, set, requests[request]) : TakeNext(index, set);
            if (address is null)
            {
                exhausted = index;
                return null;
            }

            addresses.Add(address);
            if (request >= 0)
            {
                requests.RemoveAt(request);
            }
        }

        exhausted = -1;
        return requests.Count == 0 ? addresses : throw new CniException(
            CniException.Internal, $"failed to allocate all requested IPs: {string.Join(' ', requests.Select(host => host.Address))}");
    }

    private CniAddress? TakeNext(int index, RangeSet set)
    {
        foreach (var own in _taken.Values.Where(reservation => reservation.IsOf(_holder)).OrderBy(reservation => reservation.Address))
        {
            if (set.RangeOf(own.Address) is { } range)
            {
                return !_isInUse(own.Address)
                    ? Result(range, own.Address)
                    : throw Fault(index, $"{own.Address.Address} has been allocated to {_holder.ContainerId}, duplicate allocation is not allowed");
            }
        }

        foreach (var (range, next) in set.InTurn(_book.LastReserved(index)))
        {
            if (!_taken.ContainsKey(next))
            {
                return Reserve(index, range, next);
            }
        }

        return null;
    }

    private CniAddress TakeRequested(int index, RangeSet set, Cidr host)
    {
        var range = set.RangeOf(host)!;
        if (host == range.Gateway)
        {
            throw Fault(index, $"requested ip {host.Address} is subnet's gateway");
        }

        if (!_taken.TryGetValue(host, out var present))
        {
            return Reserve(index, range, host);
        }

        return present.IsOf(_holder) && !_isInUse(host)
            ? Result(range, host)
            : throw Fault(index, $"requested IP address {host.Address} is not available in range set {set}");
    }

    private CniAddress Reserve(int index, AddressRange range, Cidr host)
    {
        // Noted first: a write that fails half way is undone as well.
        _reserved.Add(host);
        _book.Reserve(host, _holder, index);
        return Result(range, host);
    }

    private static CniAddress Result(AddressRange range, Cidr host) => new(host.WithLength(range.Subnet.PrefixLength)) { Gateway = range.Gateway.Address };
}
