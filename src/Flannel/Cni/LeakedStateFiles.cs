using System.Text.Json;
using Flannel.Cni.HostLocal;
using Flannel.Linux;

namespace Flannel.Cni;

/// <summary>
/// State files of the flannel plugin, one for each attached container with the configuration of its delegate, that no DEL will ask for any more. Those of another address
/// plugin, or of address books elsewhere, are never among them: nobody here can tell whether their containers live.
/// </summary>
public static class LeakedStateFiles
{
    /// <summary>Where the plugin keeps them unless its configuration says otherwise.</summary>
    public const string DefaultDirectory = "/var/lib/cni/flannel";

    private const int LongestFile = 1 << 20;

    /// <summary>The paths of those that are old enough and whose containers need nothing.</summary>
    /// <param name="directory">Nothing is found when there is none.</param>
    /// <param name="survey">Of the books that the delegates' addresses are in.</param>
    /// <param name="network">Only this one's; null for all.</param>
    public static IReadOnlyList<string> Find(string directory, AddressSurvey survey, string? network) => Directory.Exists(directory)
        ? [.. Directory.EnumerateFiles(directory).Where(path => IsLeaked(path, survey, network)).Order(StringComparer.Ordinal)]
        : [];

    private static bool IsLeaked(string path, AddressSurvey survey, string? network) =>
        !survey.IsYoung(File.GetLastWriteTimeUtc(path)) &&
        !survey.IsNeeded(Path.GetFileName(path)) &&
        IsOfBook(DurableFile.Read(path, LongestFile) ?? "", survey.DataDirectory, network);

    // A file without a configuration is from an ADD that was killed before it had made anything.
    private static bool IsOfBook(string text, string dataDirectory, string? network)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var config = document.RootElement;
            return config.Object("ipam") is { } ipam && ipam.Text("type") == HostLocalPlugin.Type &&
                IsSame(ipam.Text("dataDir") is { Length: > 0 } given ? given : AddressBook.DefaultDataDirectory, dataDirectory) &&
                (network is null || config.Text("name") == network);
        }
        catch (JsonException)
        {
            return network is null;
        }
        catch (CniException)
        {
            // JSON, but no configuration that the plugin ever wrote.
            return false;
        }
    }

    private static bool IsSame(string left, string right) =>
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(left)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(right));
}
