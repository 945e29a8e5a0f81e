namespace Flannel.Testing.Etcd;

/// <summary>How an etcd server is set up.</summary>
public sealed record EtcdServerOptions
{
    public static EtcdServerOptions Plain { get; } = new();

    /// <summary>The address it listens on; IPv6 without brackets.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Path of the network namespace it runs in; it then takes the usual ports.</summary>
    public string? Netns { get; init; }

    /// <summary>Makes it serve TLS only, with a certificate of this authority.</summary>
    public TestAuthority? Authority { get; init; }

    /// <summary>Makes it refuse clients without a certificate of the same authority.</summary>
    public bool AsksForCertificates { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];
}
