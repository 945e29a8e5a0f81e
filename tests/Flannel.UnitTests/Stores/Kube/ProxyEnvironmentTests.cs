using Flannel.Stores.Kube;
using Xunit;

namespace Flannel.UnitTests.Stores.Kube;

/// <summary>The cases of golang.org/x/net/http/httpproxy, in our words.</summary>
public sealed class ProxyEnvironmentTests
{
    [Theory]
    [InlineData("https://10.96.0.1", "HTTPS_PROXY=http://p:3128", "http://p:3128/")]
    [InlineData("https://10.96.0.1", "https_proxy=p:3128", "http://p:3128/")]
    [InlineData("https://10.96.0.1", "HTTPS_PROXY=socks5://p:1080", "socks5://p:1080/")]
    [InlineData("https://10.96.0.1", "HTTPS_PROXY=http://a;https_proxy=http://b", "http://a/")]
    [InlineData("https://10.96.0.1", "HTTP_PROXY=http://p:3128", null)]
    [InlineData("http://10.96.0.1", "HTTP_PROXY=http://p:3128", "http://p:3128/")]
    [InlineData("https://127.0.0.1:6443", "HTTPS_PROXY=http://p", null)]
    [InlineData("https://[::1]:6443", "HTTPS_PROXY=http://p", null)]
    [InlineData("https://localhost", "HTTPS_PROXY=http://p", null)]
    [InlineData("https://10.96.0.1", "HTTPS_PROXY=http://p;NO_PROXY=*", null)]
    [InlineData("https://10.96.0.1", "HTTPS_PROXY=http://p;NO_PROXY=x, 10.96.0.0/12", null)]
    [InlineData("https://10.112.0.1", "HTTPS_PROXY=http://p;NO_PROXY=10.96.0.0/12", "http://p/")]
    [InlineData("https://[fd00::1]", "HTTPS_PROXY=http://p;no_proxy=fd00::/8", null)]
    [InlineData("https://10.96.0.1", "HTTPS_PROXY=http://p;NO_PROXY=10.96.0.1:443", null)]
    [InlineData("https://10.96.0.1", "HTTPS_PROXY=http://p;NO_PROXY=10.96.0.1:6443", "http://p/")]
    [InlineData("https://api.example.org", "HTTPS_PROXY=http://p;NO_PROXY=example.org", null)]
    [InlineData("https://example.org", "HTTPS_PROXY=http://p;NO_PROXY=example.org", null)]
    [InlineData("https://example.org", "HTTPS_PROXY=http://p;NO_PROXY=.example.org", "http://p/")]
    [InlineData("https://api.example.org", "HTTPS_PROXY=http://p;NO_PROXY=*.EXAMPLE.org", null)]
    [InlineData("https://badexample.org", "HTTPS_PROXY=http://p;NO_PROXY=example.org", "http://p/")]
    [InlineData("https://example.org", "HTTPS_PROXY=http://p;NO_PROXY=", "http://p/")]
    public void The_proxy_is_the_one_a_program_in_Go_would_take(string server, string environment, string? proxy)
    {
        var variables = environment.Split(';').Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

        Assert.Equal(proxy, ProxyEnvironment.For(new Uri(server), variables.GetValueOrDefault)?.AbsoluteUri);
    }

    [Fact]
    public void A_bad_proxy_is_refused_without_its_password()
    {
        var refusal = Assert.Throws<KubeException>(() => ProxyEnvironment.For(new Uri("https://10.96.0.1"), name => name == "HTTPS_PROXY" ? "ftp://me:secret@p" : null));

        Assert.Equal((false, true, false), (refusal.IsTransient, refusal.Message.Contains("HTTPS_PROXY"), refusal.Message.Contains("secret")));
    }
}
