using System.Collections.Concurrent;
using System.Reflection;
using Xunit;
using Xunit.v3;

namespace Flannel.Testing;

/// <summary>
/// Bounds the time of every test it is put on: after <see cref="Seconds"/> the test's token is cancelled, which every wait of the test bed takes. A test that does not
/// end within half a minute of that takes the process down, by its name, rather than hold up the run.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly | AttributeTargets.Class | AttributeTargets.Method)]
public sealed class DeadlineAttribute : BeforeAfterTestAttribute
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Timer> _timers = new();

    /// <summary>Two minutes unless set.</summary>
    public int Seconds { get; set; } = 120;

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        var context = TestContext.Current;
        var late = false;
        Timer? timer = null;
        timer = new Timer(_ =>
        {
            if (late)
            {
                Environment.FailFast($"{test.TestDisplayName} did not end within {Seconds} s and ignored its cancellation");
            }

            late = true;
            timer!.Change(Grace, Timeout.InfiniteTimeSpan);
            context.CancelCurrentTest();
        });
        _timers[test.UniqueID] = timer;
        timer.Change(TimeSpan.FromSeconds(Seconds), Timeout.InfiniteTimeSpan);
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (_timers.TryRemove(test.UniqueID, out var timer))
        {
            timer.Dispose();
        }
    }
}
