using System.Globalization;

namespace Flannel.Bench.Figures;

/// <summary>A number in its base unit: bytes, seconds, or none for a ratio.</summary>
internal readonly record struct Quantity(double Value, Unit Unit)
{
    public static Quantity Bytes(double value) => new(value, Unit.Bytes);

    public static Quantity Time(TimeSpan value) => new(value.TotalSeconds, Unit.Seconds);

    public static Quantity Ratio(double value) => new(value, Unit.Ratio);

    public override string ToString() => Unit switch
    {
        Unit.Bytes when Value < 1e5 => string.Create(CultureInfo.InvariantCulture, $"{Value / 1e3:0.00} kB"),
        Unit.Bytes => string.Create(CultureInfo.InvariantCulture, $"{Value / 1e6:0.0} MB"),
        Unit.Ratio => Value.ToString("0.000", CultureInfo.InvariantCulture),
        _ when Value >= 0.2 => string.Create(CultureInfo.InvariantCulture, $"{Value:0.00} s"),
        _ when Value >= 0.01 => string.Create(CultureInfo.InvariantCulture, $"{Value * 1e3:0} ms"),
        _ when Value >= 0.0005 => string.Create(CultureInfo.InvariantCulture, $"{Value * 1e3:0.00} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Value * 1e6:0} µs"),
    };
}

internal enum Unit
{
    Bytes,
    Seconds,
    Ratio,
}
