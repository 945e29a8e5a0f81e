using Flannel.Testing;
using Xunit;

namespace Flannel.UnitTests;

public sealed class RepairPaceTests
{
    private readonly ManualTime _clock = new();

    [Fact]
    public void The_first_repairs_are_at_once_and_a_fight_slows_down_to_a_minute()
    {
        var pace = new RepairPace(_clock);
        var waits = new List<TimeSpan>();
        for (var repair = 0; repair < 20; repair++)
        {
            pace.Repaired();
            waits.Add(pace.Wait);
            _clock.Advance(pace.Wait);
        }

        Assert.All(waits.Take(5), wait => Assert.Equal(TimeSpan.Zero, wait));
        Assert.Equal(TimeSpan.FromMilliseconds(200), waits[5]);
        Assert.Equal(waits.Order(), waits);
        Assert.Equal(TimeSpan.FromMinutes(1), waits[^1]);
        Assert.True(pace.IsFight);
    }

    [Fact]
    public void The_time_already_passed_counts()
    {
        var pace = Fighting();
        _clock.Advance(pace.Wait / 2);
        Assert.Equal(TimeSpan.FromMilliseconds(100), pace.Wait);
    }

    [Fact]
    public void After_some_quiet_minutes_a_repair_is_the_first_again()
    {
        var pace = Fighting();
        _clock.Advance(TimeSpan.FromMinutes(4));
        pace.Repaired();
        Assert.False(pace.IsFight);
        Assert.Equal(TimeSpan.Zero, pace.Wait);
    }

    private RepairPace Fighting()
    {
        var pace = new RepairPace(_clock);
        for (var repair = 0; repair < 6; repair++)
        {
            pace.Repaired();
        }

        return pace;
    }
}
