using System.Runtime.CompilerServices;
using Flannel.Stores.Etcd.Protocol;
using Google.Protobuf;

namespace Flannel.Stores.Etcd;

public sealed partial class EtcdClient
{
    /// <summary>
    /// The changes of one key, or of all that start with it, from a revision on, for the life of one connection. The first batch is empty: the server watches. Each later
    /// one has all that the server told at once, a large transaction never in parts.
    /// </summary>
    /// <exception cref="EtcdException">
    /// The stream broke, or no endpoint took the watch: transient. Or <see cref="EtcdException.IsHistoryLost"/>.
    /// </exception>
    public async IAsyncEnumerable<EtcdWatchBatch> WatchAsync(
        string key, bool isPrefix, long startRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new WatchRequest
        {
            CreateRequest = new WatchCreateRequest
            {
                Key = ByteString.CopyFromUtf8(key),
                RangeEnd = isPrefix ? PrefixEnd(key) : ByteString.Empty,
                StartRevision = startRevision,
                Fragment = true,
            },
        };
        var connections = _grpc.Connections;
        using var call = await InTurnAsync((endpoint, token) => OpenWatchAsync(endpoint, token, request, cancellationToken), cancellationToken);
        yield return new EtcdWatchBatch([], startRevision - 1);
        for (var events = new List<EtcdEvent>(); ;)
        {
            var response = await ReadWatchAsync(call, connections, cancellationToken);
            events.AddRange(response.Events.Select(EtcdEvent.From));
            if (events.Count > 0 && !response.Fragment)
            {
                // Not the header's: while a watch catches up, that one is ahead of the events.
                yield return new EtcdWatchBatch(events, events[^1].Item.ModRevision);
                events = [];
            }
        }
    }

    private async Task<GrpcCall<WatchResponse>> OpenWatchAsync(Uri endpoint, string? token, WatchRequest request, CancellationToken cancellationToken)
    {
        var (call, created) = await _grpc.OpenAsync(endpoint, EtcdMethods.Watch, request, token, cancellationToken);
        if (!created.Canceled && created.Header.Revision >= request.CreateRequest.StartRevision - 1)
        {
            return call;
        }

        call.Dispose();
        throw created.Canceled
            ? WhyCancelled(created, endpoint)
            : HistoryLost($"the server is at revision {created.Header.Revision}, behind {request.CreateRequest.StartRevision - 1}", endpoint);
    }

    private async Task<WatchResponse> ReadWatchAsync(GrpcCall<WatchResponse> call, object connections, CancellationToken cancellationToken)
    {
        try
        {
            var next = call.ReadAsync().AsTask();
            while (!next.IsCompleted)
            {
                await ((Task)next).WaitAsync(_keepAlive, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (!next.IsCompleted)
                {
                    await CheckLifeAsync(call.Endpoint, cancellationToken);
                }
            }

            var response = await next ?? throw new EtcdException(GrpcStatus.Unavailable, "Watch: the server ended it", call.Endpoint);
            return response.Canceled ? throw WhyCancelled(response, call.Endpoint) : response;
        }
        catch (EtcdException exception) when (exception.IsTransient && _grpc.Connections != connections)
        {
            throw new EtcdException(GrpcStatus.Unavailable, "Watch: given up for a new connection", call.Endpoint, exception) { IsReconnect = true };
        }
        catch (EtcdException exception) when (exception.IsTransient)
        {
            PassOver(call.Endpoint);
            throw;
        }
    }

    /// <summary>A hung server keeps its connections, so silence alone does not tell it from a quiet one. Any answer is a sign of life, a refusal too.</summary>
    private async Task CheckLifeAsync(Uri endpoint, CancellationToken cancellationToken)
    {
        var question = new RangeRequest { Key = ByteString.CopyFromUtf8("/"), Serializable = true, CountOnly = true };
        try
        {
            await LoggedInAsync(endpoint, (to, token) => _grpc.AskAsync(to, EtcdMethods.Range, question, token, cancellationToken), cancellationToken);
        }
        catch (EtcdException refusal) when (!refusal.IsTransient)
        {
            // It lives.
        }
    }

    private static EtcdException WhyCancelled(WatchResponse response, Uri endpoint)
    {
        if (response.CompactRevision != 0)
        {
            return HistoryLost($"compacted up to revision {response.CompactRevision}", endpoint);
        }

        var (status, reason) = ReadCancelReason(response.CancelReason);
        return new EtcdException(status, $"Watch: {reason}", endpoint);
    }

    private static EtcdException HistoryLost(string how, Uri endpoint) =>
        new(GrpcStatus.OutOfRange, $"Watch: {how}", endpoint) { IsHistoryLost = true };

    /// <summary>The text of a gRPC error of Go: <c>rpc error: code = PermissionDenied desc = etcdserver: permission denied</c>. Anything else counts as passing.</summary>
    internal static (GrpcStatus Status, string Reason) ReadCancelReason(string text)
    {
        const string CodeMark = "code = ";
        const string TextMark = " desc = ";
        var code = text.IndexOf(CodeMark, StringComparison.Ordinal);
        var reason = text.IndexOf(TextMark, StringComparison.Ordinal);
        return code >= 0 && reason > code && Enum.TryParse<GrpcStatus>(text.AsSpan(code + CodeMark.Length, reason - code - CodeMark.Length), out var status)
            ? (status, text[(reason + TextMark.Length)..])
            : (GrpcStatus.Unavailable, text.Length > 0 ? text : "cancelled by the server");
    }
}
