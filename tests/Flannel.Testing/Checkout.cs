namespace Flannel.Testing;

/// <summary>The repository the tests run in.</summary>
public static class Checkout
{
    /// <summary>A file of it, by its path from the root.</summary>
    /// <exception cref="FileNotFoundException">The tests do not run inside a repository.</exception>
    public static string File(params ReadOnlySpan<string> parts)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "Flannel.slnx")))
            {
                return Path.Combine([folder.FullName, .. parts]);
            }
        }

        throw new FileNotFoundException($"the tests do not run inside the repository, so there is no {Path.Combine(parts)}");
    }
}
