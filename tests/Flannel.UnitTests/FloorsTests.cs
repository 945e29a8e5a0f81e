using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Xunit;

namespace Flannel.UnitTests;

/// <summary>The house of docs/architecture.md: floors import downwards only, the two ground floors do not know each other, and unsafe code stays beside the kernel.</summary>
public sealed partial class FloorsTests
{
    /// <summary>Each project, its root namespace, and the projects whose namespaces it may name.</summary>
    private static readonly Dictionary<string, (string Namespace, string[] Knows)> Floors = new()
    {
        ["Flannel.Linux"] = ("Flannel.Linux", []),
        ["Flannel.Stores"] = ("Flannel.Stores", []),
        ["Flannel"] = ("Flannel", ["Flannel.Linux", "Flannel.Stores"]),
        ["flanneld"] = ("Flannel.Daemon", ["Flannel.Linux", "Flannel.Stores", "Flannel"]),
    };

    public static TheoryData<string> Projects => [.. Floors.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void No_file_names_a_floor_above_or_beside_its_own(string project)
    {
        var files = Directory.GetFiles(ProjectFolder(project), "*.cs", SearchOption.AllDirectories);

        Assert.NotEmpty(files);
        Assert.Empty(files.SelectMany(file => ForbiddenNames(project, File.ReadLines(file)).Select(reason => $"{Path.GetRelativePath(SourceFolder(), file)}: {reason}")));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void No_project_refers_to_a_floor_above_or_beside_its_own(string project)
    {
        var references = ProjectReference().Matches(ProjectFile(project)).Select(match => match.Groups["name"].Value);

        Assert.Empty(references.Except(Floors[project].Knows).Select(reference => $"{project} must not refer to {reference}"));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Unsafe_code_is_allowed_beside_the_kernel_only(string project) =>
        Assert.Equal(project == "Flannel.Linux", ProjectFile(project).Contains("AllowUnsafeBlocks", StringComparison.Ordinal));

    [Fact]
    public void Every_source_project_is_on_a_floor() =>
        Assert.Equal(Floors.Keys.Order(), Directory.GetFiles(SourceFolder(), "*.csproj", SearchOption.AllDirectories).Select(Path.GetFileNameWithoutExtension).Order());

    [Theory]
    [InlineData("Flannel.Linux", "using Flannel.Stores.Etcd;")]
    [InlineData("Flannel.Stores", "using Flannel.Linux;")]
    [InlineData("Flannel.Linux", "using static Flannel.Backoff;")]
    [InlineData("Flannel.Stores", "using Lease = Flannel.Leases.Lease;")]
    [InlineData("Flannel", "global using Flannel.Daemon;")]
    [InlineData("Flannel.Linux", "    var lease = new global::Flannel.Leases.Lease();")]
    [InlineData("Flannel.Linux", "using Flannel;")]
    [InlineData("Flannel.Stores", "namespace Flannel.Leases;")]
    [InlineData("flanneld", "namespace Flannel;")]
    public void A_forbidden_edge_is_found(string project, string line) => Assert.Single(ForbiddenNames(project, [line]));

    [Theory]
    [InlineData("Flannel", "using Flannel.Linux.Rtnetlink;")]
    [InlineData("flanneld", "using Flannel.Stores;")]
    [InlineData("Flannel", "namespace Flannel.Leases;")]
    [InlineData("Flannel.Linux", "/// the mark of Flannel.Leases in the kernel")]
    [InlineData("Flannel.Linux", "using System.Net;")]
    public void An_allowed_edge_is_not(string project, string line) => Assert.Empty(ForbiddenNames(project, [line]));

    private static IEnumerable<string> ForbiddenNames(string project, IEnumerable<string> lines)
    {
        foreach (var line in lines.Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)))
        {
            var isDeclaration = line.StartsWith("namespace ", StringComparison.Ordinal);
            foreach (var name in NamespaceName().Matches(line).Select(match => match.Value))
            {
                var owner = OwnerOf(name);
                if (owner != project && (isDeclaration || !Floors[project].Knows.Contains(owner)))
                {
                    yield return $"{project} must not {(isDeclaration ? "declare" : "know")} {name}, which is of {owner}";
                }
            }
        }
    }

    // The longest root namespace wins: Flannel.Linux.Cidr is of Flannel.Linux, not of Flannel.
    private static string OwnerOf(string name) => Floors
        .Where(floor => name == floor.Value.Namespace || name.StartsWith(floor.Value.Namespace + ".", StringComparison.Ordinal))
        .MaxBy(floor => floor.Value.Namespace.Length).Key;

    private static string ProjectFolder(string project) => Path.Combine(SourceFolder(), project);

    private static string ProjectFile(string project) => File.ReadAllText(Path.Combine(ProjectFolder(project), $"{project}.csproj"));

    private static string SourceFolder([CallerFilePath] string thisFile = "") => Path.GetFullPath(Path.Combine(thisFile, "../../../src"));

    [GeneratedRegex(@"(?<![\w.""/-])Flannel(\.[A-Z]\w*)+|(?<=^(namespace|(global )?using) )Flannel(?=;)")]
    private static partial Regex NamespaceName();

    [GeneratedRegex("""<ProjectReference Include="[^"]*?(?<name>[\w.]+)\.csproj""")]
    private static partial Regex ProjectReference();
}
