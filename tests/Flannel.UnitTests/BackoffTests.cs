using Flannel.Testing;
using Xunit;

namespace Flannel.UnitTests;

public sealed class BackoffTests
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Cap = TimeSpan.FromSeconds(30);

    private readonly ManualTime _clock = new();

    [Fact]
    public void Each_wait_is_between_half_and_the_whole_of_one_that_doubles_up_to_the_cap()
    {
        var backoff = new Backoff(First, Cap, _clock);
        foreach (var most in new[] { 4.0, 8, 16, 30, 30 })
        {
            Assert.InRange(backoff.Next().TotalSeconds, most / 2, most);
        }

        backoff.Reset();
        Assert.InRange(backoff.Next().TotalSeconds, 2, 4);
    }

    [Fact]
    public void Five_thousand_that_fail_at_one_moment_do_not_come_back_in_one_second()
    {
        var waits = Enumerable.Range(0, 5000).Select(_ => new Backoff(First, Cap, _clock).Next().TotalSeconds).Order().ToList();

        // The busiest second, whenever it begins. Of two seconds it has one half, give or take.
        var busiest = waits.Select((start, i) => waits.Skip(i).TakeWhile(wait => wait < start + 1).Count()).Max();

        Assert.InRange(busiest, 2400, 2800);
    }
}
