using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Flannel.Stores;

/// <summary>
/// The certificate files. They are read again whenever they are asked for, so that renewed ones are taken without a restart; files caught half-written leave the earlier
/// ones in use.
/// </summary>
internal sealed class TlsFiles
{
    private readonly PemSource? _certificate;
    private readonly PemSource? _key;
    private readonly PemSource? _authorities;
    private readonly Func<string, Exception?, StoreException> _unusable;
    private readonly Lock _gate = new();
    private Texts _texts;
    private TlsMaterial _lastGood;

    /// <param name="certificate">Our certificate, its intermediates after it; used together with its key only, as with the original.</param>
    /// <param name="key">The private key of it.</param>
    /// <param name="authorities">Who may sign a server's certificate, in place of the system's authorities.</param>
    /// <param name="unusable">Makes the exception for a source that cannot be used, from a text that names it.</param>
    /// <exception cref="StoreException">What <paramref name="unusable"/> made.</exception>
    public TlsFiles(PemSource? certificate, PemSource? key, PemSource? authorities, Func<string, Exception?, StoreException> unusable)
    {
        (_certificate, _key) = certificate is null || key is null ? (null, null) : (certificate, key);
        (_authorities, _unusable) = (authorities, unusable);
        _texts = ReadAll();
        _lastGood = Parse(_texts);
    }

    /// <summary>What the files have at this moment; the same object as long as they have not changed.</summary>
    public TlsMaterial Current()
    {
        lock (_gate)
        {
            try
            {
                var texts = ReadAll();
                if (texts != _texts)
                {
                    (_lastGood, _texts) = (Parse(texts), texts);
                }
            }
            catch (StoreException)
            {
                // The earlier files may be expired by now; the server is the one to say so.
            }

            return _lastGood;
        }
    }

    private Texts ReadAll() => new(Read(_certificate), Read(_key), Read(_authorities));

    private string? Read(PemSource? source)
    {
        try
        {
            return source?.Read();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw _unusable($"{source}: {exception.Message}", exception);
        }
    }

    private TlsMaterial Parse(Texts texts) => new(ParseClient(texts), texts.Authorities is null ? null : ParseCertificates(_authorities!, texts.Authorities));

    private SslStreamCertificateContext? ParseClient(Texts texts)
    {
        if (texts.Certificate is null)
        {
            return null;
        }

        var chain = ParseCertificates(_certificate!, texts.Certificate);
        try
        {
            var client = X509Certificate2.CreateFromPem(texts.Certificate, texts.Key);
            chain.RemoveAt(0);
            return SslStreamCertificateContext.Create(client, chain, offline: true);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw _unusable($"{_key}: no key for the certificate in {_certificate!.File ?? _certificate.Name}: {exception.Message}", exception);
        }
    }

    private X509Certificate2Collection ParseCertificates(PemSource source, string text)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(text);
        }
        catch (CryptographicException exception)
        {
            throw _unusable($"{source}: not a PEM certificate: {exception.Message}", exception);
        }

        return certificates.Count > 0 ? certificates : throw _unusable($"{source}: no PEM certificate in it", null);
    }

    private sealed record Texts(string? Certificate, string? Key, string? Authorities);
}
