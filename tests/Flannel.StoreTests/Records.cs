using System.Net;
using Flannel.Leases;

namespace Flannel.StoreTests;

/// <summary>Short forms for what the tests of the stores write down.</summary>
internal static class Records
{
    public static LeaseAttributes Host(string publicIP) =>
        new() { PublicIP = IPAddress.Parse(publicIP), BackendType = "vxlan", BackendData = """{"Dummy":"test string"}""" };

    public static LeaseKey Key(string text) => LeaseKey.TryParse(text, out var key) ? key : throw new FormatException(text);
}
