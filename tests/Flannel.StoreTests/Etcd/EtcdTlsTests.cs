using Flannel.Stores.Etcd;
using Flannel.Testing;
using Flannel.Testing.Etcd;
using Xunit;

namespace Flannel.StoreTests.Etcd;

public sealed class EtcdTlsTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly TestAuthority _stranger = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_CA_file_alone_is_enough()
    {
        await using var server = await EtcdServer.StartAsync(new EtcdServerOptions { Authority = _authority });
        await using var client = new EtcdClient(new EtcdOptions { Endpoints = [server.Endpoint], CaFile = _authority.CaFile });

        Assert.True(await client.PutAsync("/key", new byte[] { 1 }, 0, Token) > 0);
    }

    [Fact]
    public async Task A_server_of_another_authority_is_not_believed()
    {
        await using var server = await EtcdServer.StartAsync(new EtcdServerOptions { Authority = _authority });
        await using var client = new EtcdClient(new EtcdOptions { Endpoints = [server.Endpoint], CaFile = _stranger.CaFile });

        var failure = await Assert.ThrowsAsync<EtcdException>(() => client.GetAsync("/key", isPrefix: false, Token));

        Assert.Contains("certificate", failure.Message, StringComparison.Ordinal);
        Assert.Contains(server.Endpoint.Authority, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_CA_file_only_the_systems_authorities_are_believed()
    {
        await using var server = await EtcdServer.StartAsync(new EtcdServerOptions { Authority = _authority });
        await using var client = new EtcdClient(new EtcdOptions { Endpoints = [server.Endpoint] });

        await Assert.ThrowsAsync<EtcdException>(() => client.GetAsync("/key", isPrefix: false, Token));
    }

    [Fact]
    public async Task A_client_certificate_opens_a_server_that_asks_for_one()
    {
        await using var server = await EtcdServer.StartAsync(new EtcdServerOptions { Authority = _authority, AsksForCertificates = true });
        await using var stranger = new EtcdClient(new EtcdOptions { Endpoints = [server.Endpoint], CaFile = _authority.CaFile });
        await using var client = new EtcdClient(WithCertificate(server, _authority.Issue("client")));

        await Assert.ThrowsAsync<EtcdException>(() => stranger.GetAsync("/key", isPrefix: false, Token));
        Assert.True(await client.PutAsync("/key", new byte[] { 1 }, 0, Token) > 0);
    }

    [Fact]
    public async Task Renewed_files_are_used_by_the_next_connection()
    {
        await using var server = await EtcdServer.StartAsync(new EtcdServerOptions { Authority = _authority, AsksForCertificates = true });
        var current = _stranger.Issue("client");
        await using var client = new EtcdClient(WithCertificate(server, current));
        await Assert.ThrowsAsync<EtcdException>(() => client.GetAsync("/key", isPrefix: false, Token));

        var renewed = _authority.Issue("renewed");
        File.Copy(renewed.CertFile, current.CertFile, overwrite: true);
        File.Copy(renewed.KeyFile, current.KeyFile, overwrite: true);

        Assert.True(await client.PutAsync("/key", new byte[] { 1 }, 0, Token) > 0);
    }

    [Fact]
    public async Task Files_that_become_unusable_leave_the_earlier_ones_in_use()
    {
        await using var server = await EtcdServer.StartAsync(new EtcdServerOptions { Authority = _authority, AsksForCertificates = true });
        var certificate = _authority.Issue("client");
        await using var client = new EtcdClient(WithCertificate(server, certificate));

        await File.WriteAllTextAsync(certificate.CertFile, "half of a certif", Token);

        Assert.True(await client.PutAsync("/key", new byte[] { 1 }, 0, Token) > 0);
    }

    [Fact]
    public async Task A_plain_endpoint_stays_plain_whatever_is_configured()
    {
        await using var server = await EtcdServer.StartAsync();
        await using var client = new EtcdClient(WithCertificate(server, _authority.Issue("client")));

        Assert.True(await client.PutAsync("/key", new byte[] { 1 }, 0, Token) > 0);
    }

    [Fact]
    public void A_missing_CA_file_is_refused_at_once_by_flag_and_name()
    {
        var refusal = Refused(new EtcdOptions { Endpoints = [new Uri("https://127.0.0.1:1")], CaFile = "/nowhere/ca.pem" });

        Assert.Contains("etcd-cafile /nowhere/ca.pem", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_CA_file_without_a_certificate_is_refused()
    {
        var key = _authority.Issue("client").KeyFile;

        var refusal = Refused(new EtcdOptions { Endpoints = [new Uri("https://127.0.0.1:1")], CaFile = key });

        Assert.Contains($"etcd-cafile {key}: no PEM certificate in it", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_of_another_certificate_is_refused()
    {
        var (one, other) = (_authority.Issue("one"), _authority.Issue("other"));

        var refusal = Refused(new EtcdOptions { Endpoints = [new Uri("https://127.0.0.1:1")], CertFile = one.CertFile, KeyFile = other.KeyFile });

        Assert.Contains($"etcd-keyfile {other.KeyFile}", refusal.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
    }

    private static EtcdException Refused(EtcdOptions options)
    {
        var refusal = Assert.Throws<EtcdException>(() => new EtcdClient(options));
        Assert.False(refusal.IsTransient);
        return refusal;
    }

    private EtcdOptions WithCertificate(EtcdServer server, TestCertificate certificate) =>
        new() { Endpoints = [server.Endpoint], CaFile = _authority.CaFile, CertFile = certificate.CertFile, KeyFile = certificate.KeyFile };
}
