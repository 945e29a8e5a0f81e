namespace Flannel.Stores;

/// <summary>PEM text that is in a file, read anew each time, or was given as it is.</summary>
/// <param name="Name">What the operator calls it: a flag, or a key of a configuration file.</param>
/// <param name="File">The file; null when <paramref name="Text"/> has it.</param>
/// <param name="Text">The PEM text itself.</param>
internal sealed record PemSource(string Name, string? File, string? Text = null)
{
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public string Read() => Text ?? System.IO.File.ReadAllText(File!);

    /// <summary>Never the text: it may be a key.</summary>
    public override string ToString() => File is null ? Name : $"{Name} {File}";
}
