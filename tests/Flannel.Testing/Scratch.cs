namespace Flannel.Testing;

/// <summary>Folders for the files of tests, all below one that carries this process's number; what processes that were killed left behind is removed by the next.</summary>
public static class Scratch
{
    private const string Prefix = "flannel-tests-";

    private static readonly string Root = CreateRoot();

    /// <summary>A new, empty folder.</summary>
    public static string NewFolder(string purpose)
    {
        var folder = Path.Combine(Root, $"{purpose}-{Guid.NewGuid():n}"[..(purpose.Length + 9)]);
        Directory.CreateDirectory(folder);
        return folder;
    }

    private static string CreateRoot()
    {
        var all = Path.GetTempPath();
        foreach (var left in Directory.EnumerateDirectories(all, Prefix + "*").Where(folder => !IsAlive(folder)))
        {
            Remove(left);
        }

        var root = Path.Combine(all, Prefix + Environment.ProcessId);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Remove(root);
        return root;
    }

    private static bool IsAlive(string folder) => Directory.Exists("/proc/" + Path.GetFileName(folder)[Prefix.Length..]);

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Another run has swept it, or nothing was ever put there.
        }
    }
}
