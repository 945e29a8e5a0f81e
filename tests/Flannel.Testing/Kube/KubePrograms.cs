using System.Collections.Immutable;
using Flannel.Linux;

namespace Flannel.Testing.Kube;

/// <summary>The programs of Kubernetes the tests run against, as <c>tests/kube-servers</c> has made them or as the environment names them.</summary>
public static class KubePrograms
{
    private static readonly Lazy<Task<ImmutableDictionary<string, string>>> Found = new(FindAsync);

    internal static Task<string> ApiServerAsync() => PathAsync("KUBE_APISERVER");

    internal static Task<string> ControllerManagerAsync() => PathAsync("KUBE_CONTROLLER_MANAGER");

    public static Task<string> KubectlAsync() => PathAsync("KUBECTL");

    private static async Task<string> PathAsync(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } named ? named : (await Found.Value)[variable];

    // A build takes longer than any test may; it is not started from here.
    private static async Task<ImmutableDictionary<string, string>> FindAsync()
    {
        var result = await Tool.RunAsync(Checkout.File("tests", "kube-servers"), ["--no-build"]);
        return result.ExitCode == 0
            ? result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=', 2)).ToImmutableDictionary(pair => pair[0], pair => pair[1])
            : throw new FileNotFoundException(result.Error.Trim());
    }
}
