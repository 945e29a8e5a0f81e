using Flannel.KernelTests.Rtnetlink;
using Flannel.Linux.Firewall;
using Xunit;

namespace Flannel.KernelTests.Firewall;

public sealed class NftablesNotificationTests
{
    private const int NFPROTO_INET = 1;
    private const int NFPROTO_IPV4 = 2;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_nft_does_is_reported()
    {
        using var host = new KernelHost();
        using var notifications = host.Run(() => new NftablesNotifications());

        await host.RunAsync("nft -f -", "table inet t { chain c { counter; }; }");
        Assert.Equal(
            [
                new NftEvent(false, NftObject.Table, NFPROTO_INET, "t", null),
                new NftEvent(false, NftObject.Chain, NFPROTO_INET, "t", "c"),
                new NftEvent(false, NftObject.Rule, NFPROTO_INET, "t", "c"),
            ],
            Drain(notifications));

        await host.RunAsync("nft flush chain inet t c");
        Assert.Equal([new NftEvent(true, NftObject.Rule, NFPROTO_INET, "t", "c")], Drain(notifications));

        await host.RunAsync("nft delete table inet t");
        Assert.Equivalent(
            new[] { new NftEvent(true, NftObject.Chain, NFPROTO_INET, "t", "c"), new NftEvent(true, NftObject.Table, NFPROTO_INET, "t", null) }, Drain(notifications));
    }

    [Fact]
    public async Task What_the_nft_variant_of_iptables_does_is_reported()
    {
        using var host = new KernelHost();
        using var notifications = host.Run(() => new NftablesNotifications());
        var waiting = notifications.WaitAsync(Token).AsTask();

        await host.RunAsync("iptables-nft -t nat -A POSTROUTING -s 10.5.0.0/16 -j MASQUERADE");

        await waiting.WaitAsync(TimeSpan.FromSeconds(20), Token);
        Assert.Contains(new NftEvent(false, NftObject.Rule, NFPROTO_IPV4, "nat", "POSTROUTING"), Drain(notifications));
        await host.RunAsync("iptables-nft -t nat -F POSTROUTING");
        Assert.Contains(new NftEvent(true, NftObject.Rule, NFPROTO_IPV4, "nat", "POSTROUTING"), Drain(notifications));
    }

    private static List<NftEvent> Drain(NftablesNotifications notifications)
    {
        var changes = new List<NftEvent>();
        Assert.True(notifications.Drain(changes.Add));
        return changes;
    }
}
