namespace Flannel.Stores.Kube;

/// <summary>One answer with nodes in it, read with a limit on the server's pauses; whatever fails is told as a <see cref="KubeException"/>.</summary>
internal sealed class NodeReader : IDisposable
{
    private readonly KubeTransport _transport;
    private readonly KubeRequest _request;
    private readonly Stream _stream;
    private readonly NodeFeed _feed;
    private readonly NodeParser _parser;
    private readonly CancellationTokenSource _life = new();
    private Task<bool>? _pending;

    public NodeReader(KubeTransport transport, KubeRequest request, HttpResponseMessage response, NodeParser parser)
    {
        (_transport, _request, _parser) = (transport, request, parser);
        _stream = response.Content.ReadAsStream();
        _feed = new NodeFeed(_stream, parser);
    }

    /// <summary>What the last successful read has brought, good until the next.</summary>
    public IReadOnlyList<KubeNodeEvent> Told => _feed.Told;

    /// <summary>Waits for more.</summary>
    /// <returns>False at the end of the answer.</returns>
    /// <exception cref="KubeException">The server paused for longer than that, the answer broke off or makes no sense, or it tells of a failure.</exception>
    public async ValueTask<bool> ReadAsync(TimeSpan longestPause, CancellationToken cancellationToken) =>
        await TryReadAsync(longestPause, cancellationToken) ?? throw _transport.Explain(_request, new TimeoutException());

    /// <summary>Waits for more, and tells by null that nothing has come: the next call goes on waiting.</summary>
    public async ValueTask<bool?> TryReadAsync(TimeSpan longestPause, CancellationToken cancellationToken)
    {
        ThrowIfFailed();
        try
        {
            var read = _pending ??= _feed.ReadAsync(_life.Token).AsTask();
            if (!read.IsCompleted)
            {
                await ((Task)read).WaitAsync(longestPause, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
                if (!read.IsCompleted)
                {
                    return null;
                }
            }

            _pending = null;
            return await read;
        }
        catch (Exception exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw _transport.Explain(_request, exception);
        }
    }

    public void Dispose()
    {
        _life.Cancel();
        _stream.Dispose();
        _life.Dispose();
    }

    private void ThrowIfFailed()
    {
        if (_parser.Failure is { } status)
        {
            throw _transport.Refused(_request, status);
        }
    }
}
