using Flannel.Config;
using Flannel.Daemon;
using Flannel.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Flannel.UnitTests.Daemon;

/// <summary>What the daemon leaves beside its subnet file for the CNI plugin.</summary>
public sealed class ReadinessTests
{
    private readonly string _folder = Path.Combine(Scratch.NewFolder("state"), "flannel");
    private readonly ManualTime _time = new();
    private readonly Readiness _readiness;

    public ReadinessTests() => _readiness = new Readiness(new StateFile(Path.Combine(_folder, "subnet.env"), _time, NullLogger<StateFile>.Instance));

    private DaemonState? State => DaemonState.Read(Path.Combine(_folder, "subnet.state"));

    [Fact]
    public void Every_phase_is_written_down_with_its_reason_and_its_time()
    {
        _readiness.SetWaiting("waiting for a lease");
        var since = _time.GetUtcNow();
        Assert.Equal(new DaemonState(DaemonState.Waiting, "waiting for a lease", since), State);

        _time.Advance(TimeSpan.FromSeconds(90));
        _readiness.SetWaiting("waiting for a lease");
        Assert.Equal(since, State?.Since);

        _readiness.SetReady();
        Assert.Equal(new DaemonState(DaemonState.Ready, "", _time.GetUtcNow()), State);

        _readiness.Report("the API server does not answer");
        Assert.Equal(new DaemonState(DaemonState.Waiting, "the API server does not answer", _time.GetUtcNow()), State);

        _readiness.Report("");
        Assert.True(State?.IsReady);
        _readiness.SetStopped("flanneld was stopped");
        Assert.Equal(new DaemonState(DaemonState.Stopped, "flanneld was stopped", _time.GetUtcNow()), State);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_no_obstacle()
    {
        File.WriteAllText(_folder, "in the way");

        _readiness.SetReady();

        Assert.True(_readiness.IsReady);
    }
}
