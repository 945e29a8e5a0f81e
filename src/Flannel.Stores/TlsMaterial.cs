using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Flannel.Stores;

/// <summary>What to say and what to believe on a TLS connection.</summary>
/// <param name="Client">Our certificate with its intermediates; null for none.</param>
/// <param name="Authorities">Who may sign the server's certificate; null for those of the system.</param>
internal sealed record TlsMaterial(SslStreamCertificateContext? Client, X509Certificate2Collection? Authorities)
{
    /// <summary>TLS 1.2 or later.</summary>
    /// <param name="host">The name that the server's certificate has to have; null to be told by the caller's own means.</param>
    /// <param name="protocols">What may be spoken on the connection.</param>
    public SslClientAuthenticationOptions Options(string? host, params IEnumerable<SslApplicationProtocol> protocols) => new()
    {
        TargetHost = host,
        ApplicationProtocols = [.. protocols],
#pragma warning disable CA5398 // The oldest version allowed is part of the contract.
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
#pragma warning restore CA5398
        ClientCertificateContext = Client,
        CertificateChainPolicy = Authorities is null ? null : TrustOnly(Authorities),
    };

    private static X509ChainPolicy TrustOnly(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
