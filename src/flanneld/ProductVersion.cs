using System.Reflection;

namespace Flannel.Daemon;

internal static class ProductVersion
{
    /// <summary>The version the build was given, without the commit behind a plus sign; <c>dev</c> where it was given none.</summary>
    public static string Text { get; } =
        typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] is { Length: > 0 } version
            ? version
            : "dev";
}
