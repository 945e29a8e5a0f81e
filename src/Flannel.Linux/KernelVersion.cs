namespace Flannel.Linux;

/// <summary>The version of a kernel release such as <c>6.1.0-44-amd64</c>: 6.1.0. What a distribution appends is left out.</summary>
public readonly record struct KernelVersion(int Major, int Minor, int Patch = 0)
{
    /// <summary>The running kernel (utsname.release); 0.0.0 where it is not told.</summary>
    public static KernelVersion Current => TryParse(Sysctl.Get("kernel/osrelease"), out var version) ? version : default;

    public bool IsAtLeast(int major, int minor) => Major > major || (Major == major && Minor >= minor);

    public static bool TryParse(string? release, out KernelVersion version)
    {
        var text = release.AsSpan();
        var numbers = text.IndexOfAnyExceptInRange('.', '9') is var end and >= 0 ? text[..end] : text;
        var isVersion = Version.TryParse(numbers, out var parsed);
        version = isVersion ? new KernelVersion(parsed!.Major, parsed.Minor, Math.Max(parsed.Build, 0)) : default;
        return isVersion;
    }

    public override string ToString() => $"{Major}.{Minor}.{Patch}";
}
