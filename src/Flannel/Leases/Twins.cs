namespace Flannel.Leases;

/// <summary>What is said of two hosts that publish one public address.</summary>
internal static class Twins
{
    public const string Remedy = "Give each host an address of its own by --iface or --public-ip";

    private const int Longest = 300;

    /// <summary>What the other one published, for a line of the log.</summary>
    public static string Show(LeaseAttributes theirs) => LeaseJson.Write(theirs).Cut(Longest);
}
