namespace Flannel.Stores.Kube;

/// <summary>Where the API server is and how to prove who we are.</summary>
public sealed partial record KubeOptions
{
    /// <summary>The server's URL; its path, if it has one, goes before every path of the API.</summary>
    public required Uri Server { get; init; }

    /// <summary>The proxy between us and the server; null for none. User and password may be part of it.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Believe any server. Set by kubeconfig's <c>insecure-skip-tls-verify</c> alone.</summary>
    public bool SkipTlsVerify { get; init; }

    /// <summary>The name that the server's certificate has to have, in place of the URL's host; null for that one.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>What requests say of their sender.</summary>
    public string UserAgent { get; init; } = "flanneld";

    /// <summary>Which annotations of nodes are kept.</summary>
    public KubeAnnotationFilter Annotations { get; init; } = KubeAnnotationFilter.Everything;

    /// <summary>How long the server may take to begin its answer, and may pause within a list.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a watch may be silent before its server is asked for a sign of life. More than the minute that passes between two bookmarks.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>The least time a watch is asked to last; each lasts up to twice that, by chance, so that clients which started together do not return together.</summary>
    public TimeSpan WatchWindow { get; init; } = TimeSpan.FromMinutes(5);

    internal PemSource? Authorities { get; init; }

    internal PemSource? Certificate { get; init; }

    internal PemSource? Key { get; init; }

    internal KubeToken? Token { get; init; }

    internal string? Username { get; init; }

    internal string? Password { get; init; }

    /// <summary>The server alone: the rest may be secret.</summary>
    public override string ToString() => Server.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    /// <summary>A client that does not say who it is; plain <c>http</c> is allowed.</summary>
    /// <exception cref="KubeException">No URL of a server.</exception>
    public static KubeOptions Anonymous(string server, Func<string, string?>? environment = null)
    {
        var uri = ParseServer(server, "kube-api-url");
        return new KubeOptions { Server = uri, Proxy = ProxyEnvironment.For(uri, environment ?? Environment.GetEnvironmentVariable) };
    }

    private static Uri ParseServer(string text, string origin) =>
        Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}", UriKind.Absolute, out var server)
        && server.Scheme is "http" or "https" && server.Host.Length > 0 && server.UserInfo.Length == 0
            ? server
            : throw new KubeException($"{origin}: not an http:// or https:// URL of a server", isTransient: false);
}
