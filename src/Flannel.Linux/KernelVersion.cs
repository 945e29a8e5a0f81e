using System.Globalization;

namespace Flannel.Linux;

/// <summary>The version of a kernel release such as <c>6.1.0-44-amd64</c>: 6.1.0. What a distribution appends is left out.</summary>
public readonly record struct KernelVersion(int Major, int Minor, int Patch = 0)
{
    /// <summary>The running kernel (utsname.release); 0.0.0 where it is not told.</summary>
    public static KernelVersion Current => TryParse(Sysctl.Get("kernel/osrelease"), out var version) ? version : default;

    public bool IsAtLeast(int major, int minor) => Major > major || (Major == major && Minor >= minor);

    public static bool TryParse(string? release, out KernelVersion version)
    {
        version = default;
        var parts = (release ?? "").Split('.', 3);
        if (parts.Length < 2 || !TryNumber(parts[0], out var major, out var rest) || rest || !TryNumber(parts[1], out var minor, out rest) || (rest && parts.Length > 2))
        {
            return false;
        }

        var patch = 0;
        if (parts.Length == 3 && !TryNumber(parts[2], out patch, out _))
        {
            return false;
        }

        version = new KernelVersion(major, minor, patch);
        return true;
    }

    public override string ToString() => $"{Major}.{Minor}.{Patch}";

    // The digits a part starts with; hasRest when more follows them.
    private static bool TryNumber(string part, out int number, out bool hasRest)
    {
        var digits = part.AsSpan().IndexOfAnyExceptInRange('0', '9') is var end and >= 0 ? part.AsSpan(0, end) : part;
        hasRest = digits.Length < part.Length;
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
