using System.Net;
using Flannel.Leases;

namespace Flannel.StoreTests;

/// <summary>Short forms for what the tests of the stores write down.</summary>
internal static class Records
{
    public static LeaseAttributes Host(string publicIP) =>
        new() { PublicIP = IPAddress.Parse(publicIP), BackendType = "vxlan", BackendData = """{"Dummy":"test string"}""" };

    public static LeaseKey Key(string text) => LeaseKey.TryParse(text, out var key) ? key : throw new FormatException(text);

    /// <summary>The leases as all changes so far have left them, by their keys' text.</summary>
    public static Dictionary<string, Lease> Leases(IEnumerable<LeaseChange> changes)
    {
        var leases = new Dictionary<string, Lease>();
        foreach (var change in changes)
        {
            switch (change)
            {
                case LeaseChange.Snapshot snapshot:
                    leases = snapshot.Leases.ToDictionary(lease => lease.Key.ToString());
                    break;
                case LeaseChange.Put put:
                    leases[put.Lease.Key.ToString()] = put.Lease;
                    break;
                case LeaseChange.Removed removed:
                    leases.Remove(removed.Key.ToString());
                    break;
            }
        }

        return leases;
    }
}
