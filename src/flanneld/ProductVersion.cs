using System.Reflection;
using System.Runtime.InteropServices;

namespace Flannel.Daemon;

internal static class ProductVersion
{
    private static readonly string[] Parts =
        typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+', 2) ?? [""];

    /// <summary>The version the build was given, without the commit behind a plus sign; <c>dev</c> where it was given none.</summary>
    public static string Text { get; } = Parts[0].Length > 0 ? Parts[0] : "dev";

    /// <summary>The commit it was built from; <c>unknown</c> where the build was not told.</summary>
    public static string Commit { get; } = Parts is [_, var commit] ? commit : "unknown";

    /// <summary>The processor's name the way Go and container images write it.</summary>
    public static string Architecture => RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.X86 => "386",
        var other => other.ToString().ToLowerInvariant(),
    };
}
