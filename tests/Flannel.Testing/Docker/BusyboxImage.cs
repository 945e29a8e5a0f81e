using System.Formats.Tar;
using Flannel.Linux;

namespace Flannel.Testing.Docker;

/// <summary>The smallest image that can do something: Debian's static busybox under its own name and those of a few of its programs, as <c>docker import</c> takes it.</summary>
internal static class BusyboxImage
{
    public const string Name = "busybox";

    /// <exception cref="FileNotFoundException">There is no busybox: the package <c>busybox-static</c>.</exception>
    public static async Task WriteAsync(string file)
    {
        var program = Tool.Find("busybox") ?? throw new FileNotFoundException("no busybox: install busybox-static");
        await using var tar = new TarWriter(File.Create(file));
        await tar.WriteEntryAsync(program, "bin/busybox");
        foreach (var name in new[] { "sh", "sleep", "ping", "wget", "httpd" })
        {
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, $"bin/{name}") { LinkName = "busybox" });
        }
    }
}
