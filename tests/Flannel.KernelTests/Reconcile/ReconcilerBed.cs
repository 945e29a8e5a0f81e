using System.Net;
using Flannel.Config;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;
using Flannel.Reconcile;
using Flannel.Testing;

namespace Flannel.KernelTests.Reconcile;

/// <summary>A reconciler in a namespace of its own, with an underlay <c>eth0</c> (192.0.2.1/24, 2001:db8::1/64; the other end of its cable is <c>peer0</c>).</summary>
internal sealed class ReconcilerBed : IAsyncDisposable
{
    private readonly Netns _netns = Netns.Create();
    private readonly CancellationTokenSource _life = new();
    private readonly Task _running;

    private ReconcilerBed()
    {
        Run("ip link set lo up");
        Run("ip link add eth0 type veth peer name peer0");

        // A link-local address would become permanent seconds later, which is a change of the underlay.
        Run("ip link set eth0 addrgenmode none");
        Run("ip address add 192.0.2.1/24 dev eth0");
        Run("ip address add 2001:db8::1/64 dev eth0 nodad");
        Run("ip link set eth0 up");
        Run("ip link set peer0 up");
        Reconciler = _netns.Run(() => new Reconciler(new RtnetlinkSocket(), new RtnetlinkNotifications(), TimeProvider.System, Log));
        _running = Reconciler.RunAsync(_life.Token);
    }

    public Reconciler Reconciler { get; }

    public LineLogger Log { get; } = new();

    public static MacAddress Mac { get; } = MacAddress.Parse("3e:11:22:33:44:55");

    public static VxlanDevice Device { get; } = new()
    {
        Name = "flannel.1",
        Vni = 1,
        Parent = "eth0",
        Local = IPAddress.Parse("192.0.2.1"),
        Mtu = 1450,
        Mac = Mac,
    };

    public static KernelScope Scope { get; } = new()
    {
        ExternalDevice = "eth0",
        OwnDevices = ["flannel.1"],
        Networks = [NetworkConfig.Parse("""{"Network":"10.5.0.0/16"}""").IPv4!, NetworkConfig.Parse("""{"EnableIPv4":false,"EnableIPv6":true,"IPv6Network":"fd00:5::/48"}""").IPv6!],
    };

    public static ReconcilerBed Start() => new();

    /// <summary>A bed whose device and own address are in place, with removals allowed.</summary>
    public static async Task<ReconcilerBed> StartWithDeviceAsync()
    {
        var bed = new ReconcilerBed();
        bed.Reconciler.WantHost(HostPlan());
        bed.Reconciler.AllowRemovals();
        var failure = await bed.Reconciler.SettleAsync(CancellationToken.None);
        return failure is null ? bed : throw failure;
    }

    /// <summary>Waits until the kernel has noticed that eth0 has a carrier, which it may do late: routes come with it.</summary>
    public Task UnderlayIsUpAsync() => Eventually.IsTrueAsync(() => Run("ip -o link show eth0").Contains("state UP", StringComparison.Ordinal));

    public static HostPlan HostPlan(VxlanDevice? device = null) =>
        new([device ?? Device, new AddressObject("flannel.1", Cidr.Parse("10.5.1.0/32"))], Scope);

    /// <summary>The three objects of an overlay peer number <paramref name="n"/>.</summary>
    public static IReadOnlyList<KernelObject> Peer(int n, string? publicAddress = null)
    {
        var subnet = Cidr.Parse($"10.5.{n}.0/24");
        var mac = PeerMac(n);
        return
        [
            new FdbObject("flannel.1", mac, IPAddress.Parse(publicAddress ?? $"192.0.2.{n}")),
            new NeighbourObject("flannel.1", subnet.Address, mac),
            new RouteObject(subnet, subnet.Address, "flannel.1") { OnLink = true },
        ];
    }

    public static MacAddress PeerMac(int n) => MacAddress.Parse($"6e:00:00:00:00:{n:x2}");

    /// <summary>Hands over one peer and waits until it was tried.</summary>
    public async Task WantAsync(object owner, IReadOnlyList<KernelObject> objects)
    {
        Reconciler.Want(owner, objects);
        await Reconciler.SettleAsync(CancellationToken.None);
    }

    /// <summary>Runs one command line inside the namespace and returns what it printed; throws when it fails.</summary>
    public string Run(string command)
    {
        var result = Execute(command);
        return result.ExitCode == 0 ? result.Output : throw new InvalidOperationException($"{command}: {result.Error}");
    }

    private ToolResult Execute(string command) => Tool.RunAsync("nsenter", [$"--net={_netns.Path}", .. command.Split(' ')]).GetAwaiter().GetResult();

    /// <summary>Waits until the output of a command holds a text (or does not).</summary>
    public Task SeesAsync(string command, string text, bool present = true) => Eventually.BecomesAsync(
        () => Execute(command).Output, output => output.Contains(text, StringComparison.Ordinal) == present, null, command, $"{(present ? "holding" : "without")} \"{text}\"; the log:\n{Log}\n");

    /// <summary>Waits until all three objects of a peer are in the kernel.</summary>
    public async Task SeesPeerAsync(int n)
    {
        await SeesAsync("bridge fdb show dev flannel.1", $"{PeerMac(n)} dst");
        await SeesAsync("ip neigh show dev flannel.1", $"10.5.{n}.0 lladdr {PeerMac(n)} PERMANENT");
        await SeesAsync("ip route show proto 102", $"10.5.{n}.0/24 via 10.5.{n}.0 dev flannel.1 onlink");
    }

    public async ValueTask DisposeAsync()
    {
        await _life.CancelAsync();
        try
        {
            await _running;
        }
        catch (OperationCanceledException)
        {
            // asked for
        }

        Reconciler.Dispose();
        _life.Dispose();
        _netns.Dispose();
    }
}
