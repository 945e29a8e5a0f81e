namespace Flannel.Testing.Docker;

/// <summary>
/// The control group of one dockerd, in all hierarchies of the machine. It is the one thing that outlives its processes, so those that killed test processes left are
/// removed by the next.
/// </summary>
internal sealed class ControlGroup
{
    private const string Root = "/sys/fs/cgroup";
    private const string Prefix = "flannel-tests-";

    private readonly string _name;

    /// <param name="purpose">Tells this one from the others of this process.</param>
    public ControlGroup(string purpose)
    {
        foreach (var left in Folders(Prefix + "*").Where(folder => !IsAlive(folder)))
        {
            TryRemove(left);
        }

        _name = $"{Prefix}{Environment.ProcessId}-{purpose}";
    }

    /// <summary>Its path inside each hierarchy, as <c>--cgroup-parent</c> wants it.</summary>
    public string Path => "/" + _name;

    /// <summary>Removes what is empty; false while a process that is still ending has some of it.</summary>
    public bool TryRemove() => Folders(_name).All(TryRemove);

    private static IEnumerable<string> Folders(string pattern) =>
        Directory.GetDirectories(Root).Append(Root).SelectMany(hierarchy => Directory.GetDirectories(hierarchy, pattern));

    private static bool IsAlive(string folder) => Directory.Exists("/proc/" + System.IO.Path.GetFileName(folder)[Prefix.Length..].Split('-')[0]);

    private static bool TryRemove(string folder)
    {
        try
        {
            Remove(folder);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            // Another run has swept it.
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    // Control groups have files that cannot be deleted, only the folders can.
    private static void Remove(string folder)
    {
        foreach (var child in Directory.GetDirectories(folder))
        {
            Remove(child);
        }

        Directory.Delete(folder);
    }
}
