using System.Globalization;
using Flannel.Testing;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>
/// Two good hosts over vxlan whose store others write to, by hand and with whatever they like. The good hosts have subnets from 10.5.100.0 on; those below are for the others.
/// </summary>
public sealed class PeerFabric : IAsyncLifetime
{
    private const string Config = """
        { "Network": "10.5.0.0/16", "SubnetMin": "10.5.100.0", "EnableNFTables": true, "Backend": { "Type": "vxlan" } }
        """;

    private Fabric? _fabric;
    private int _peers;

    public Fabric Fabric => _fabric!;

    /// <summary>A value as a good host writes it.</summary>
    public static string Value(string publicIP = "172.30.0.77", string mac = "3e:11:22:33:44:55", string type = "vxlan") =>
        $$"""{"PublicIP":"{{publicIP}}","PublicIPv6":null,"BackendType":"{{type}}","BackendData":{"VNI":1,"VtepMAC":"{{mac}}"} }""";

    public async ValueTask InitializeAsync()
    {
        _fabric = await Fabric.StartAsync(await TestNetwork.CreateAsync(2), Config);
        await Ping.AllReachAllAsync(_fabric.Pods);
    }

    /// <summary>Writes a record, at once and whole.</summary>
    public void Put(string name, string value)
    {
        var aside = Path.Combine(Fabric.Store, $".by-hand-{name}");
        File.WriteAllText(aside, value);
        File.Move(aside, Path.Combine(Fabric.Store, "subnets", name), overwrite: true);
    }

    public void Remove(string name) => File.Delete(Path.Combine(Fabric.Store, "subnets", name));

    /// <summary>
    /// A further good host comes into the store, all good hosts follow, so whatever was written before has been dealt with; and the pods still reach each other.
    /// </summary>
    public async Task ServeAnotherPeerAsync()
    {
        var number = Interlocked.Increment(ref _peers);
        var subnet = string.Create(CultureInfo.InvariantCulture, $"10.5.{50 + number}.0");
        Put($"{subnet}-24", Value($"172.30.1.{number}"));
        foreach (var host in Fabric.Network.Hosts)
        {
            await Eventually.BecomesAsync(() => host.RunAsync($"ip route show {subnet}/24"), route => route.Contains("dev flannel.1", StringComparison.Ordinal));
        }

        await Ping.AllReachAllAsync(Fabric.Pods);
    }

    public async ValueTask DisposeAsync()
    {
        if (_fabric is not null)
        {
            await _fabric.DisposeAsync();
        }
    }
}
