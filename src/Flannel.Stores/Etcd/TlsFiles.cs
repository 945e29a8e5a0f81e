using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Flannel.Stores.Etcd;

/// <summary>
/// The certificate files. They are read again for every connection, which is rare, so that renewed ones are taken without a restart; files caught half-written leave the
/// earlier ones in use.
/// </summary>
internal sealed class TlsFiles
{
    private readonly EtcdOptions _options;
    private volatile Material _lastGood;

    /// <exception cref="EtcdException">A file cannot be used; the message names its flag.</exception>
    public TlsFiles(EtcdOptions options)
    {
        _options = options;
        _lastGood = Read();
    }

    /// <summary>What to say and what to believe on a new connection to a host: HTTP/2 over TLS 1.2 or later.</summary>
    public SslClientAuthenticationOptions ForHost(string host)
    {
        try
        {
            _lastGood = Read();
        }
        catch (EtcdException)
        {
            // The earlier files may be expired by now; the server is the one to say so.
        }

        var material = _lastGood;
        return new SslClientAuthenticationOptions
        {
            TargetHost = host,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
#pragma warning disable CA5398 // The oldest version allowed is part of the contract.
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
#pragma warning restore CA5398
            ClientCertificateContext = material.Client,
            CertificateChainPolicy = material.Authorities is null ? null : TrustOnly(material.Authorities),
        };
    }

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

    private Material Read() => new(ReadClient(), ReadAuthorities());

    // As with the original, a certificate without its key, or a key without its certificate, is no client certificate.
    private SslStreamCertificateContext? ReadClient()
    {
        if (_options.CertFile.Length == 0 || _options.KeyFile.Length == 0)
        {
            return null;
        }

        var chain = ReadCertificates("etcd-certfile", _options.CertFile);
        var key = ReadText("etcd-keyfile", _options.KeyFile);
        try
        {
            var client = X509Certificate2.CreateFromPem(ReadText("etcd-certfile", _options.CertFile), key);
            chain.RemoveAt(0);
            return SslStreamCertificateContext.Create(client, chain, offline: true);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw Unusable("etcd-keyfile", _options.KeyFile, $"no key for the certificate in {_options.CertFile}: {exception.Message}", exception);
        }
    }

    private X509Certificate2Collection? ReadAuthorities() => _options.CaFile.Length == 0 ? null : ReadCertificates("etcd-cafile", _options.CaFile);

    private static X509Certificate2Collection ReadCertificates(string flag, string file)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(ReadText(flag, file));
        }
        catch (CryptographicException exception)
        {
            throw Unusable(flag, file, $"not a PEM certificate: {exception.Message}", exception);
        }

        return certificates.Count > 0 ? certificates : throw Unusable(flag, file, "no PEM certificate in it", null);
    }

    private static string ReadText(string flag, string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unusable(flag, file, exception.Message, exception);
        }
    }

    private static EtcdException Unusable(string flag, string file, string reason, Exception? inner) =>
        new(GrpcStatus.InvalidArgument, $"{flag} {file}: {reason}", endpoint: null, inner);

    private sealed record Material(SslStreamCertificateContext? Client, X509Certificate2Collection? Authorities);
}
