using System.Diagnostics;

namespace Flannel.Stores.Kube;

/// <summary>One answer with nodes in it, read with a limit on the server's pauses; whatever fails is told as a <see cref="KubeException"/>.</summary>
internal sealed class NodeReader : IDisposable
{
    private readonly KubeTransport _transport;
    private readonly KubeRequest _request;
    private readonly Stream _stream;
    private readonly NodeFeed _feed;
    private readonly NodeParser _parser;
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenSource _life;
    private long? _armed;

    public NodeReader(KubeTransport transport, KubeRequest request, HttpResponseMessage response, NodeParser parser, CancellationToken cancellationToken)
    {
        (_transport, _request, _parser, _cancellationToken) = (transport, request, parser, cancellationToken);
        _life = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _stream = response.Content.ReadAsStream(cancellationToken);
        _feed = new NodeFeed(_stream, parser);
    }

    /// <summary>What the last successful read has brought, good until the next.</summary>
    public IReadOnlyList<KubeNodeEvent> Told => _feed.Told;

    /// <summary>Waits for more.</summary>
    /// <returns>False at the end of the answer.</returns>
    /// <exception cref="KubeException">The server paused for longer than that, the answer broke off or makes no sense, or it tells of a failure.</exception>
    public async ValueTask<bool> ReadAsync(TimeSpan longestPause) =>
        await TryReadAsync(longestPause) ?? throw _transport.Explain(_request, new TimeoutException());

    /// <summary>Waits for more.</summary>
    /// <param name="longestPause">Of the server; a tenth less counts as that.</param>
    /// <returns>False at the end of the answer, null for a longer pause than that: there will be no more.</returns>
    /// <exception cref="KubeException">The answer broke off or makes no sense, or it tells of a failure.</exception>
    public async ValueTask<bool?> TryReadAsync(TimeSpan longestPause)
    {
        ThrowIfFailed();
        try
        {
            Arm(longestPause);
            return await _feed.ReadAsync(_life.Token);
        }
        catch (Exception exception)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            return _life.IsCancellationRequested ? null : throw _transport.Explain(_request, exception);
        }
    }

    public void Dispose()
    {
        _life.Cancel();
        _stream.Dispose();
        _life.Dispose();
    }

    // Not for each event: they come many to a second, and the timer is for half a minute.
    private void Arm(TimeSpan longestPause)
    {
        if (_armed is not { } armed || Stopwatch.GetElapsedTime(armed) > longestPause / 10)
        {
            _life.CancelAfter(longestPause);
            _armed = Stopwatch.GetTimestamp();
        }
    }

    private void ThrowIfFailed()
    {
        if (_parser.Failure is { } status)
        {
            throw _transport.Refused(_request, status);
        }
    }
}
