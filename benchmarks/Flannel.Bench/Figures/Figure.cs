namespace Flannel.Bench.Figures;

/// <summary>One measured line of the table.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">Ours.</param>
/// <param name="Bar">What it must reach; null for a figure that is shown for orientation.</param>
/// <param name="Original">The original flannel on a like machine, as text, for orientation; empty when nobody measured it.</param>
internal sealed record Figure(string Name, Quantity Value, Bar? Bar, string Original = "")
{
    public bool IsReached => Bar?.IsReachedBy(Value) ?? true;

    public string Verdict => Bar is null ? "" : IsReached ? "ok" : "MISSED";

    public override string ToString() => $"{Name}: {Value} {Bar} {Verdict}".TrimEnd();
}
