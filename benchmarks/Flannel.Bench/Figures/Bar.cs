using System.Globalization;

namespace Flannel.Bench.Figures;

/// <summary>What a figure must reach.</summary>
/// <param name="Limit">In the figure's unit.</param>
/// <param name="IsFloor">More is better; otherwise less is.</param>
/// <param name="Basis">Where the limit comes from when it was measured in the same run; else empty.</param>
internal sealed record Bar(Quantity Limit, bool IsFloor = false, string Basis = "")
{
    public static Bar AtMost(Quantity limit) => new(limit);

    public static Bar AtMost(TimeSpan limit) => new(Quantity.Time(limit));

    /// <summary>So many times what a plain tool took for the same, and something for starting and reading.</summary>
    public static Bar AtMost(double times, TimeSpan baseline, TimeSpan allowance) => new(
        Quantity.Time(times * baseline + allowance),
        Basis: string.Create(CultureInfo.InvariantCulture, $"{times} × {Quantity.Time(baseline)} + {Quantity.Time(allowance)}"));

    /// <summary>So many times what another took for the same.</summary>
    public static Bar AtMost(double times, TimeSpan baseline) =>
        new(Quantity.Time(times * baseline), Basis: string.Create(CultureInfo.InvariantCulture, $"{times} × {Quantity.Time(baseline)}"));

    /// <summary>So many times the ratio of something that was measured beside it.</summary>
    public static Bar AtMost(double times, double ratio) =>
        new(Quantity.Ratio(times * ratio), Basis: string.Create(CultureInfo.InvariantCulture, $"{times} × {Quantity.Ratio(ratio)}"));

    public static Bar AtLeast(Quantity limit, string basis) => new(limit, IsFloor: true, basis);

    public bool IsReachedBy(Quantity value) => IsFloor ? value.Value >= Limit.Value : value.Value <= Limit.Value;

    public override string ToString() => $"{(IsFloor ? "≥" : "≤")} {Limit}{(Basis.Length == 0 ? "" : $" ({Basis})")}";
}
