using System.Text.Json;

namespace Flannel.Cni.Bridging;

/// <summary>VLANs from the first to the last, both 1 to 4094.</summary>
internal readonly record struct VlanRange(int First, int Last)
{
    private const int Largest = 4094;

    /// <summary>The VLANs of <c>vlanTrunk</c>, a list of <c>{"id": 100}</c> and <c>{"minID": 200, "maxID": 300}</c>, as few ranges as there can be.</summary>
    /// <exception cref="CniException">A number that is no VLAN, or half a range.</exception>
    public static IReadOnlyList<VlanRange> ReadAll(JsonElement config)
    {
        Span<bool> wanted = stackalloc bool[Largest + 2];
        wanted.Clear();
        foreach (var item in config.Items("vlanTrunk"))
        {
            Mark(item, wanted);
        }

        List<VlanRange> ranges = [];
        for (var (id, first) = (1, 0); id <= Largest; id++)
        {
            first = wanted[id] && !wanted[id - 1] ? id : first;
            if (wanted[id] && !wanted[id + 1])
            {
                ranges.Add(new VlanRange(first, id));
            }
        }

        return ranges;
    }

    private static void Mark(JsonElement item, Span<bool> wanted)
    {
        var (first, last) = (item.OptionalInteger("minID"), item.OptionalInteger("maxID"));
        switch (first, last)
        {
            case ({ } from, { } to):
                Require(from is > 0 and <= Largest, "incorrect trunk minID parameter");
                Require(to is > 0 and <= Largest, "incorrect trunk maxID parameter");
                Require(from <= to, "minID is greater than maxID in trunk parameter");
                wanted[from..(to + 1)].Fill(true);
                break;
            case (null, { }):
                throw Fault("minID and maxID should be configured simultaneously, minID is missing");
            case ({ }, null):
                throw Fault("minID and maxID should be configured simultaneously, maxID is missing");
            default:
                break;
        }

        if (item.OptionalInteger("id") is { } id)
        {
            Require(id is > 0 and <= Largest, "incorrect trunk id parameter");
            wanted[id] = true;
        }
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw Fault(message);
        }
    }

    private static CniException Fault(string message) => new(CniException.Internal, message);
}
