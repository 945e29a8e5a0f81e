using System.Text;
using Flannel.Cni;
using Flannel.Config;
using Flannel.Testing;
using Xunit;

namespace Flannel.UnitTests.Cni;

/// <summary>Waiting for the subnet file, the daemon's own reason, STATUS and GC.</summary>
public sealed class FlannelUpkeepTests
{
    private const string Subnet = "FLANNEL_NETWORK=10.1.0.0/16\nFLANNEL_SUBNET=10.1.17.1/24\nFLANNEL_MTU=1472\nFLANNEL_IPMASQ=true\n";

    private static readonly DateTimeOffset Since = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    private readonly string _folder = Scratch.NewFolder("cni");
    private readonly RecordingDelegate _delegate = new();
    private readonly FlannelPlugin _plugin = new();

    private string SubnetFile => Path.Combine(_folder, "subnet.env");

    private string DataDirectory => Path.Combine(_folder, "data");

    [Fact]
    public void A_subnet_file_that_does_not_come_is_an_error_with_the_daemons_own_reason()
    {
        Assert.Equal(Message(""), AddFault().Message);

        new DaemonState(DaemonState.Waiting, "waiting for a lease", Since).Write(Path.Combine(_folder, "subnet.state"));
        Assert.Equal(Message("; flanneld: waiting for a lease (since 2026-03-04T05:06:07Z)"), AddFault().Message);

        File.WriteAllText(Path.Combine(_folder, "subnet.state"), "{\"phase\":");
        Assert.Equal(Message(""), AddFault().Message);

        string Message(string reason) =>
            $"failed to load flannel 'subnet.env' file: open {SubnetFile}: no such file or directory{reason}. Check the flannel pod log for this node.";
    }

    [Fact]
    public async Task A_subnet_file_that_comes_in_time_is_used_at_once()
    {
        _delegate.Answer("{}", 0);
        var adding = Task.Factory.StartNew(
            () => _plugin.Add(Call(CniCommand.Add, ""","subnetFileTimeout":60""")), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.False(adding.IsCompleted);

        await File.WriteAllTextAsync(SubnetFile + ".new", Subnet, TestContext.Current.CancellationToken);
        File.Move(SubnetFile + ".new", SubnetFile);

        Assert.Empty((await adding.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Ips);
    }

    [Fact]
    public void The_time_that_was_waited_is_in_the_message() => Assert.Contains(
        "no such file or directory after 1 s", AddFault(""","subnetFileTimeout":1""").Message, StringComparison.Ordinal);

    [Fact]
    public void An_incomplete_subnet_file_is_not_waited_for()
    {
        File.WriteAllText(SubnetFile, "FLANNEL_MTU=1472");

        Assert.Equal(
            $"failed to load flannel 'subnet.env' file: {SubnetFile} is missing FLANNEL_NETWORK, FLANNEL_IPV6_NETWORK, FLANNEL_SUBNET, FLANNEL_IPV6_SUBNET, FLANNEL_IPMASQ. Check the flannel pod log for this node.",
            AddFault(""","subnetFileTimeout":600""").Message);
    }

    [Fact]
    public void Status_tells_the_truth_when_it_is_asked_to()
    {
        const string truth = ""","statusFromSubnetFile":true""";
        _plugin.ReportStatus(Call(CniCommand.Status));
        Assert.Equal(CniException.PluginNotAvailable, StatusFault().Code);

        File.WriteAllText(SubnetFile, Subnet);
        _plugin.ReportStatus(Call(CniCommand.Status, truth));

        new DaemonState(DaemonState.Stopped, "flanneld was stopped", Since).Write(Path.Combine(_folder, "subnet.state"));
        var limited = StatusFault();
        Assert.Equal((CniException.LimitedConnectivity, "flanneld is not ready: flanneld was stopped (since 2026-03-04T05:06:07Z)"), (limited.Code, limited.Message));

        new DaemonState(DaemonState.Ready, "", Since).Write(Path.Combine(_folder, "subnet.state"));
        _plugin.ReportStatus(Call(CniCommand.Status, truth));

        CniException StatusFault() => Assert.Throws<CniException>(() => _plugin.ReportStatus(Call(CniCommand.Status, truth)));
    }

    [Fact]
    public void Collection_forgets_the_containers_of_this_network_that_have_no_attachment()
    {
        Save("alive", "n1");
        Save("dead", "n1");
        Save("other", "n2");

        _plugin.CollectGarbage(Call(CniCommand.Gc));
        Assert.Equal(["alive", "dead", "other"], SavedNames());

        _plugin.CollectGarbage(Call(CniCommand.Gc, ""","cni.dev/valid-attachments":[{"containerID":"alive","ifname":"eth0"}]"""));
        Assert.Equal(["alive", "other"], SavedNames());

        _plugin.CollectGarbage(Call(CniCommand.Gc, ""","cni.dev/valid-attachments":null"""));
        Assert.Equal(["other"], SavedNames());
        Assert.Empty(_delegate.Commands);
    }

    private void Save(string containerId, string network) =>
        new SavedConfigs(DataDirectory).Write(containerId, Encoding.UTF8.GetBytes($$"""{"name":"{{network}}","type":"none-of-ours"}"""));

    private string[] SavedNames() => [.. Directory.EnumerateFiles(DataDirectory).Select(file => Path.GetFileName(file)).Order()];

    private CniException AddFault(string more = ""","subnetFileTimeout":0""") => Assert.Throws<CniException>(() => _plugin.Add(Call(CniCommand.Add, more)));

    private CniCall Call(CniCommand command, string more = "") => new()
    {
        Command = command,
        ContainerId = "c1",
        IfName = "eth0",
        Path = _delegate.Folder,
        Config = PluginConfig.Parse(Encoding.UTF8.GetBytes(
            $$"""{"name":"n1","type":"flannel","cniVersion":"1.1.0","subnetFile":"{{SubnetFile}}","dataDir":"{{DataDirectory}}","executeDelegate":true{{more}}}""")),
    };
}
