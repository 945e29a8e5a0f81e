namespace Flannel.Stores.Etcd;

/// <summary>An etcd server could not be asked, or refused. The message has the endpoint and the server's own words.</summary>
public sealed class EtcdException : StoreException
{
    public EtcdException(GrpcStatus status, string reason, Uri? endpoint = null, Exception? inner = null)
        : base(endpoint is null ? reason : $"{endpoint.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)}: {reason}", IsPassing(status), inner)
    {
        (Status, Reason, Endpoint) = (status, reason, endpoint);
    }

    public GrpcStatus Status { get; }

    /// <summary>The server's message, or what failed before it was reached.</summary>
    public string Reason { get; }

    /// <summary>Who was asked; null when the fault is in our own configuration.</summary>
    public Uri? Endpoint { get; }

    /// <summary>The changes asked for are not there to be told: compacted away, or the server was set up anew from older data. Only a new read helps.</summary>
    public bool IsHistoryLost { get; init; }

    /// <summary>We gave the connection up ourselves; the next try makes a new one.</summary>
    public bool IsReconnect { get; init; }

    // Unknown and Internal are how a stopping server, a proxy or a broken stream end a call.
    private static bool IsPassing(GrpcStatus status) => status is GrpcStatus.Cancelled or GrpcStatus.Unknown or GrpcStatus.DeadlineExceeded
        or GrpcStatus.ResourceExhausted or GrpcStatus.Aborted or GrpcStatus.Internal or GrpcStatus.Unavailable;
}
