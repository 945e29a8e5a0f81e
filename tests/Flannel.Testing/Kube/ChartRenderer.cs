using Flannel.Linux;
using Xunit;

namespace Flannel.Testing.Kube;

/// <summary>The Helm chart made into a manifest, by what <c>tests/helm</c> names.</summary>
public static class ChartRenderer
{
    private static readonly Lazy<Task<string>> Program = new(FindAsync);

    /// <summary>What <c>helm template</c> prints for the release <c>flannel</c> in the namespace <c>kube-flannel</c>, without blank lines at the end.</summary>
    /// <param name="values">A file with values.</param>
    /// <exception cref="InvalidOperationException">The chart does not render; the message says why.</exception>
    public static async Task<string> RenderAsync(string values)
    {
        string[] arguments = ["template", "flannel", Checkout.File("deploy", "chart", "flannel"), "--namespace", "kube-flannel", "--values", values];
        var result = await Tool.RunAsync(await Program.Value, arguments, cancellationToken: TestContext.Current.CancellationToken);
        return result.ExitCode == 0 ? result.Output.TrimEnd() + '\n' : throw new InvalidOperationException(result.Error);
    }

    // A build may take longer than a test; it is not started from here.
    private static async Task<string> FindAsync()
    {
        if (Environment.GetEnvironmentVariable("HELM") is { Length: > 0 } named)
        {
            return named;
        }

        var result = await Tool.RunAsync(Checkout.File("tests", "helm"), ["--no-build"]);
        return result.ExitCode == 0 ? result.Output.Trim()["HELM=".Length..] : throw new FileNotFoundException(result.Error.Trim());
    }
}
