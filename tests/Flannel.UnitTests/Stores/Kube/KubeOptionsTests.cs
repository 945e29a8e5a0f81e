using Flannel.Stores.Kube;
using Flannel.Testing;
using Xunit;

namespace Flannel.UnitTests.Stores.Kube;

public sealed class KubeOptionsTests
{
    private readonly string _folder = Scratch.NewFolder("kubeconfig");

    [Theory]
    [InlineData("10.96.0.1", "https://10.96.0.1/")]
    [InlineData("fd00::1", "https://[fd00::1]/")]
    [InlineData("kubernetes.default", "https://kubernetes.default/")]
    public void A_pod_finds_its_server_in_the_environment_and_itself_in_a_folder(string host, string server)
    {
        File.WriteAllText(Path.Combine(_folder, "token"), "a\n");

        var options = KubeOptions.InCluster(_folder, Environment(("KUBERNETES_SERVICE_HOST", host), ("KUBERNETES_SERVICE_PORT", "443")));

        Assert.Equal(server, options.Server.AbsoluteUri);
        Assert.Equal(("a", Path.Combine(_folder, "ca.crt")), (options.Token!.Current(), options.Authorities!.File));
    }

    [Fact]
    public void A_token_is_followed_through_its_file_and_kept_while_that_is_away()
    {
        var file = Path.Combine(_folder, "token");
        File.WriteAllText(file, "a");
        var token = KubeToken.InFile("tokenFile", file);

        File.WriteAllText(file, " b\n");
        Assert.Equal("b", token.Current());
        File.WriteAllText(file, "");
        Assert.Equal("b", token.Current());
        File.Delete(file);
        Assert.Equal("b", token.Current());
    }

    [Fact]
    public void Outside_of_a_pod_the_refusal_says_what_to_give()
    {
        var refusal = Assert.Throws<KubeException>(() => KubeOptions.InCluster(_folder, Environment()));

        Assert.False(refusal.IsTransient);
        Assert.Contains("kubeconfig-file", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080", "http://127.0.0.1:8080/")]
    [InlineData("127.0.0.1:8080", "http://127.0.0.1:8080/")]
    [InlineData("https://rancher.example/k8s/clusters/c-1", "https://rancher.example/k8s/clusters/c-1")]
    public void A_server_alone_is_asked_without_a_name(string server, string uri)
    {
        var options = KubeOptions.Anonymous(server, Environment());

        Assert.Equal((uri, null, null), (options.Server.AbsoluteUri, options.Token, options.Authorities));
    }

    [Theory]
    [InlineData("")]
    [InlineData("unix:///run/api")]
    [InlineData("https://me:secret@10.0.0.1")]
    public void What_is_no_server_is_refused(string server) =>
        Assert.Contains("kube-api-url", Assert.Throws<KubeException>(() => KubeOptions.Anonymous(server, Environment())).Message, StringComparison.Ordinal);

    [Fact]
    public void The_current_context_says_server_and_user()
    {
        File.WriteAllText(Path.Combine(_folder, "my-token"), "from-file");

        var options = Read("""
            current-context: two
            contexts:
            - { name: one, context: { cluster: nowhere, user: nobody } }
            - { name: two, context: { cluster: c, user: u } }
            clusters:
            - name: c
              cluster: { server: "https://api:6443", certificate-authority: pki/ca.pem, tls-server-name: kubernetes, proxy-url: "socks5://p:1080" }
            users:
            - name: u
              user: { tokenFile: my-token, token: "" }
            """);

        Assert.Equal(("https://api:6443/", "kubernetes", "socks5://p:1080/"), (options.Server.AbsoluteUri, options.TlsServerName, options.Proxy?.AbsoluteUri));
        Assert.Equal((Path.Combine(_folder, "pki/ca.pem"), "from-file", false), (options.Authorities!.File, options.Token!.Current(), options.SkipTlsVerify));
    }

    [Fact]
    public void Data_wins_over_files_and_the_flag_over_the_server()
    {
        var options = Read(
            Config("certificate-authority-data: Q0E=, certificate-authority: ca.pem, insecure-skip-tls-verify: true",
                "client-certificate-data: QQ==, client-key: key.pem, username: me, password: secret"),
            "https://direct:6443");

        Assert.Equal(("https://direct:6443/", true, "CA", "A"), (options.Server.AbsoluteUri, options.SkipTlsVerify, options.Authorities!.Read(), options.Certificate!.Read()));
        Assert.Equal((Path.Combine(_folder, "key.pem"), "me", "secret"), (options.Key!.File, options.Username, options.Password));
        Assert.Equal("https://direct:6443/", options.ToString());
    }

    [Theory]
    [InlineData("exec: { command: aws }", "user \"u\" has exec: plugins are not run; give the user a token, a tokenFile or a client certificate")]
    [InlineData("auth-provider: { name: gcp }", "user \"u\" has auth-provider: plugins are not run; give the user a token, a tokenFile or a client certificate")]
    [InlineData("as: admin", "user \"u\" has as: impersonation is not supported; give the user the rights themselves")]
    [InlineData("client-certificate: c.pem", "user \"u\" has one of client-certificate and client-key without the other")]
    [InlineData("client-certificate-data: '*', client-key: k", "user \"u\" has client-certificate-data that is not base64")]
    [InlineData("tokenFile: nowhere", "user \"u\": tokenFile")]
    [InlineData("token: [secret]", "user \"u\" has a token that is no text")]
    public void What_a_user_may_not_have_is_refused_by_name(string user, string reason)
    {
        var refusal = Assert.Throws<KubeException>(() => Read(Config("insecure-skip-tls-verify: false", user)));

        Assert.False(refusal.IsTransient);
        Assert.StartsWith($"kubeconfig-file {_folder}/kubeconfig: {reason}", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "no kubeconfig")]
    [InlineData("- a", "no kubeconfig")]
    [InlineData("{}", "has no current-context")]
    [InlineData("current-context: x", "has no context \"x\"")]
    [InlineData("current-context: x\ncontexts: [{ name: x }]", "context \"x\" names no cluster")]
    [InlineData("current-context: x\ncontexts: [{ name: x, context: { cluster: c } }]", "has no cluster \"c\"")]
    [InlineData("current-context: x\ncontexts: [{ name: x, context: { cluster: c } }]\nclusters: [{ name: c }]", "cluster \"c\" has no server")]
    [InlineData("a: b\ntoken: \"secret\n\n - ]{", "not YAML near line")]
    public void A_file_that_says_too_little_is_refused_with_what_is_missing(string text, string reason)
    {
        var refusal = Assert.Throws<KubeException>(() => Read(text));

        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.ToString(), StringComparison.Ordinal);
    }

    private static Func<string, string?> Environment(params (string Name, string Value)[] variables) =>
        name => variables.FirstOrDefault(variable => variable.Name == name).Value;

    private static string Config(string cluster, string user) => $$"""
        current-context: x
        contexts: [{ name: x, context: { cluster: c, user: u } }]
        clusters: [{ name: c, cluster: { server: "https://api", {{cluster}} } }]
        users: [{ name: u, user: { {{user}} } }]
        """;

    private KubeOptions Read(string text, string serverOverride = "")
    {
        var file = Path.Combine(_folder, "kubeconfig");
        File.WriteAllText(file, text);
        return KubeOptions.FromKubeconfig(file, serverOverride, Environment());
    }
}
