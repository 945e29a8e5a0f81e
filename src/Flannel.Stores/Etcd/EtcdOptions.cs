namespace Flannel.Stores.Etcd;

/// <summary>Where etcd is and how to prove who we are. Mirrors the flags <c>etcd-*</c>; an empty string is an absent flag.</summary>
public sealed record EtcdOptions
{
    /// <summary>Client URLs, tried in order until one answers; the one that did is asked first from then on.</summary>
    public required IReadOnlyList<Uri> Endpoints { get; init; }

    /// <summary>PEM private key of the client; used together with <see cref="CertFile"/> only.</summary>
    public string KeyFile { get; init; } = "";

    /// <summary>PEM certificate of the client, its intermediates after it.</summary>
    public string CertFile { get; init; } = "";

    /// <summary>PEM bundle of the authorities that may sign a server's certificate, in place of the system's.</summary>
    public string CaFile { get; init; } = "";

    /// <summary>User of etcd's own authentication; none when empty.</summary>
    public string Username { get; init; } = "";

    public string Password { get; init; } = "";

    /// <summary>How long one endpoint may take to answer one call before the next is asked.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a watch may be silent before its server is asked for a sign of life, for which it has the call timeout.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Reads the value of <c>etcd-endpoints</c>: URLs or <c>host:port</c>, which is taken as plain text, with commas between.</summary>
    /// <exception cref="FormatException">Names the part that is no endpoint.</exception>
    public static IReadOnlyList<Uri> ParseEndpoints(string text)
    {
        var words = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 0 ? throw new FormatException("etcd-endpoints: no endpoint is given") : [.. words.Select(ParseEndpoint)];
    }

    private static Uri ParseEndpoint(string text)
    {
        var url = text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}";
        return Uri.TryCreate(url, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https" && endpoint.Host.Length > 0
            ? endpoint
            : throw new FormatException($"etcd-endpoints: {text} is neither an http:// or https:// URL nor host:port");
    }
}
