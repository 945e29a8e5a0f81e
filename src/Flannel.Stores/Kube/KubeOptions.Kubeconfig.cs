namespace Flannel.Stores.Kube;

public sealed partial record KubeOptions
{
    // What a user entry may say that we do not do. Each would otherwise be a silent change of who we are.
    private static readonly (string Key, string Remedy)[] Refusals =
    [
        ("exec", "plugins are not run; give the user a token, a tokenFile or a client certificate"),
        ("auth-provider", "plugins are not run; give the user a token, a tokenFile or a client certificate"),
        ("as", "impersonation is not supported; give the user the rights themselves"),
        ("as-uid", "impersonation is not supported; give the user the rights themselves"),
        ("as-groups", "impersonation is not supported; give the user the rights themselves"),
        ("as-user-extra", "impersonation is not supported; give the user the rights themselves"),
    ];

    /// <summary>As a kubeconfig file says in its current context.</summary>
    /// <param name="path">The file; relative paths within it start at its folder.</param>
    /// <param name="serverOverride">A server in place of the file's; empty for the file's own.</param>
    /// <param name="environment">Reads a variable; that of the process when null. It says the proxy unless the file does.</param>
    /// <exception cref="KubeException">The file cannot be read or has no current context, its user wants what is not supported, or a file it names cannot be used.</exception>
    public static KubeOptions FromKubeconfig(string path, string serverOverride = "", Func<string, string?>? environment = null)
    {
        var file = Kubeconfig.Read(path);
        var context = file.Entry("contexts", "context", file.CurrentContext);
        var cluster = file.Entry("clusters", "cluster", context.Text("cluster") ?? throw context.Refused("names no cluster"));
        var user = context.Text("user") is { Length: > 0 } name ? file.Entry("users", "user", name) : null;
        var server = serverOverride.Length > 0
            ? ParseServer(serverOverride, "kube-api-url")
            : ParseServer(cluster.Text("server") ?? throw cluster.Refused("has no server"), $"{cluster}: server");
        var options = new KubeOptions
        {
            Server = server,
            Proxy = cluster.Text("proxy-url") is { } proxy
                ? ProxyEnvironment.Parse(proxy, $"{cluster}: proxy-url")
                : ProxyEnvironment.For(server, environment ?? Environment.GetEnvironmentVariable),
            SkipTlsVerify = cluster.Flag("insecure-skip-tls-verify"),
            TlsServerName = cluster.Text("tls-server-name"),
            Authorities = cluster.Pem("certificate-authority"),
        };
        return user is null ? options : options.As(user);
    }

    private KubeOptions As(KubeconfigEntry user)
    {
        if (Refusals.FirstOrDefault(candidate => user.Has(candidate.Key)) is { Key: not null } refusal)
        {
            throw user.Refused($"has {refusal.Key}: {refusal.Remedy}");
        }

        var (certificate, key, tokenFile) = (user.Pem("client-certificate"), user.Pem("client-key"), user.Path("tokenFile"));
        if (certificate is null != key is null)
        {
            throw user.Refused("has one of client-certificate and client-key without the other");
        }

        return this with
        {
            Certificate = certificate,
            Key = key,
            Token = tokenFile is not null ? KubeToken.InFile($"{user}: tokenFile", tokenFile) : user.Text("token") is { } token ? KubeToken.Fixed(token) : null,
            Username = user.Text("username"),
            Password = user.Text("password"),
        };
    }
}
