using System.Net;
using System.Net.Http.Headers;

namespace Flannel.Stores.Etcd;

/// <summary>The sending half of a gRPC call: one frame. A streaming call then stays open until its life ends, as servers and proxies end a watch whose client is done sending.</summary>
internal sealed class GrpcContent : HttpContent
{
    private readonly ReadOnlyMemory<byte> _frame;
    private readonly CancellationToken? _life;

    /// <param name="frame">What is sent.</param>
    /// <param name="life">Ends a streaming call; null for a call that sends nothing more.</param>
    public GrpcContent(ReadOnlyMemory<byte> frame, CancellationToken? life)
    {
        (_frame, _life) = (frame, life);
        Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(_frame, cancellationToken);
        if (_life is { } life)
        {
            await stream.FlushAsync(cancellationToken);
            await Task.Delay(Timeout.InfiniteTimeSpan, life);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _frame.Length;
        return _life is null;
    }
}
