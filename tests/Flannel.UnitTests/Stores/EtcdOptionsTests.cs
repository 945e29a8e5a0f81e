using Flannel.Stores.Etcd;
using Xunit;

namespace Flannel.UnitTests.Stores;

public sealed class EtcdOptionsTests
{
    [Theory]
    [InlineData("http://127.0.0.1:4001,http://127.0.0.1:2379", "http://127.0.0.1:4001/", "http://127.0.0.1:2379/")]
    [InlineData(" https://etcd.example:2379 , ", "https://etcd.example:2379/")]
    [InlineData("etcd:2379", "http://etcd:2379/")]
    [InlineData("http://[::1]:2379", "http://[::1]:2379/")]
    public void Endpoints_are_URLs_or_host_and_port(string text, params string[] expected) =>
        Assert.Equal(expected, EtcdOptions.ParseEndpoints(text).Select(endpoint => endpoint.ToString()));

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData("ftp://127.0.0.1:2379")]
    [InlineData("http://")]
    [InlineData("http://127.0.0.1:2379,http://127.0.0.1:port")]
    public void Anything_else_is_refused_by_the_name_of_the_flag(string text) =>
        Assert.StartsWith("etcd-endpoints: ", Assert.Throws<FormatException>(() => EtcdOptions.ParseEndpoints(text)).Message, StringComparison.Ordinal);
}
