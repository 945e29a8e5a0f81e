using System.Net;

namespace Flannel.Stores.Etcd;

/// <summary>What failures below gRPC mean to a caller.</summary>
internal static class GrpcFault
{
    /// <summary>Names the innermost cause, since the outer ones speak of HTTP.</summary>
    public static EtcdException Explain(Exception exception, Uri endpoint, string method)
    {
        var cause = exception.GetBaseException();
        return cause switch
        {
            EtcdException known => known,
            OperationCanceledException or TimeoutException => new EtcdException(GrpcStatus.DeadlineExceeded, $"{method}: no answer in time", endpoint, exception),
            InvalidDataException => new EtcdException(GrpcStatus.Internal, $"{method}: {cause.Message}", endpoint, exception),
            _ => new EtcdException(GrpcStatus.Unavailable, $"{method}: {cause.Message}", endpoint, exception),
        };
    }

    /// <summary>For an answer that is not gRPC's, from a proxy for instance (grpc http-grpc-status-mapping). A call that ends without any status has been cut off.</summary>
    public static GrpcStatus StatusOf(HttpStatusCode code) => code switch
    {
        HttpStatusCode.OK or HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable
            or HttpStatusCode.GatewayTimeout => GrpcStatus.Unavailable,
        HttpStatusCode.BadRequest => GrpcStatus.Internal,
        HttpStatusCode.Unauthorized => GrpcStatus.Unauthenticated,
        HttpStatusCode.Forbidden => GrpcStatus.PermissionDenied,
        HttpStatusCode.NotFound => GrpcStatus.Unimplemented,
        _ => GrpcStatus.Unknown,
    };
}
