using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;

namespace Flannel.Testing;

/// <summary>Waits for a condition instead of for luck: looks again and again until it holds; a failure shows what was seen last.</summary>
public static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Ten seconds: far more than anything here takes on an idle machine, so a busy one does not fail.</summary>
    public static TimeSpan DefaultDeadline { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Observes until the condition holds and returns that observation.</summary>
    /// <exception cref="TimeoutException">It did not hold within the deadline.</exception>
    public static async Task<T> BecomesAsync<T>(
        Func<Task<T>> observe,
        Func<T, bool> condition,
        TimeSpan? deadline = null,
        [CallerArgumentExpression(nameof(observe))] string observed = "",
        [CallerArgumentExpression(nameof(condition))] string expected = "")
    {
        var limit = deadline ?? DefaultDeadline;
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var value = await observe();
            if (condition(value))
            {
                return value;
            }

            if (Stopwatch.GetElapsedTime(started) > limit)
            {
                throw new TimeoutException($"{observed} did not fulfil {expected} within {limit.TotalSeconds:0.###} s; last seen: {value}");
            }

            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }
    }

    /// <inheritdoc cref="BecomesAsync{T}(Func{Task{T}}, Func{T, bool}, TimeSpan?, string, string)"/>
    public static Task<T> BecomesAsync<T>(
        Func<T> observe,
        Func<T, bool> condition,
        TimeSpan? deadline = null,
        [CallerArgumentExpression(nameof(observe))] string observed = "",
        [CallerArgumentExpression(nameof(condition))] string expected = "") =>
        BecomesAsync(() => Task.FromResult(observe()), condition, deadline, observed, expected);

    /// <summary>Waits until the condition is true.</summary>
    /// <exception cref="TimeoutException">It did not hold within the deadline.</exception>
    public static Task IsTrueAsync(
        Func<Task<bool>> condition, TimeSpan? deadline = null, [CallerArgumentExpression(nameof(condition))] string expected = "") =>
        BecomesAsync(condition, holds => holds, deadline, expected, "being true");

    /// <inheritdoc cref="IsTrueAsync(Func{Task{bool}}, TimeSpan?, string)"/>
    public static Task IsTrueAsync(
        Func<bool> condition, TimeSpan? deadline = null, [CallerArgumentExpression(nameof(condition))] string expected = "") =>
        BecomesAsync(condition, holds => holds, deadline, expected, "being true");
}
