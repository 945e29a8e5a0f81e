using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Flannel.Cni;

/// <summary>A version of the CNI specification, such as 1.1.0. The default value is no version.</summary>
public readonly record struct CniVersion(int Major, int Minor, int Patch) : IComparable<CniVersion>
{
    /// <summary>What a configuration without <c>cniVersion</c> means.</summary>
    public static readonly CniVersion V010 = new(0, 1, 0);
    public static readonly CniVersion V020 = new(0, 2, 0);
    public static readonly CniVersion V030 = new(0, 3, 0);
    public static readonly CniVersion V031 = new(0, 3, 1);
    public static readonly CniVersion V040 = new(0, 4, 0);
    public static readonly CniVersion V100 = new(1, 0, 0);
    public static readonly CniVersion V110 = new(1, 1, 0);

    /// <summary>Every version there is, ascending; all are spoken.</summary>
    public static IReadOnlyList<CniVersion> Supported { get; } = [V010, V020, V030, V031, V040, V100, V110];

    public static CniVersion Latest => V110;

    /// <exception cref="FormatException">The text is not three numbers parted by dots.</exception>
    public static CniVersion Parse(string text) => TryParse(text, out var version) ? version : throw new FormatException($"invalid CNI version: {text}");

    /// <summary>Three numbers parted by dots, without leading zeros.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out CniVersion version)
    {
        version = default;
        Span<Range> parts = stackalloc Range[4];
        var span = text.AsSpan();
        if (span.Split(parts, '.') != 3 ||
            !TryParseNumber(span[parts[0]], out var major) ||
            !TryParseNumber(span[parts[1]], out var minor) ||
            !TryParseNumber(span[parts[2]], out var patch))
        {
            return false;
        }

        version = new CniVersion(major, minor, patch);
        return true;
    }

    public int CompareTo(CniVersion other) => (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));

    public static bool operator <(CniVersion left, CniVersion right) => left.CompareTo(right) < 0;

    public static bool operator >(CniVersion left, CniVersion right) => left.CompareTo(right) > 0;

    public static bool operator <=(CniVersion left, CniVersion right) => left.CompareTo(right) <= 0;

    public static bool operator >=(CniVersion left, CniVersion right) => left.CompareTo(right) >= 0;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}.{Patch}");

    private static bool TryParseNumber(ReadOnlySpan<char> text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && (text.Length == 1 || text[0] != '0');
}
