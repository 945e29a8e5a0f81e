using Flannel.Stores.Etcd.Protocol;
using Google.Protobuf;

namespace Flannel.Stores.Etcd;

public sealed partial class EtcdClient
{
    // Keeps the answer to a range of thousands in small pieces.
    private const int PageSize = 1000;

    /// <summary>One key, or all that start with it, as of one revision; of these only the ones written at <paramref name="since"/> or later.</summary>
    public async Task<EtcdRange> GetAsync(string key, bool isPrefix, CancellationToken cancellationToken, long since = 0)
    {
        var request = new RangeRequest
        {
            Key = ByteString.CopyFromUtf8(key),
            RangeEnd = isPrefix ? PrefixEnd(key) : ByteString.Empty,
            Limit = PageSize,
            MinModRevision = since,
        };
        var items = new List<EtcdKeyValue>();
        while (true)
        {
            var page = await ReadPageAsync(request, cancellationToken);
            items.AddRange(page.Kvs.Select(EtcdKeyValue.From));
            if (!page.More)
            {
                return new EtcdRange(items, request.Revision == 0 ? page.Header.Revision : request.Revision);
            }

            request.Revision = request.Revision == 0 ? page.Header.Revision : request.Revision;
            request.Key = After(page.Kvs[^1].Key);
        }
    }

    /// <summary>Puts a key, whether it exists or not, and says at which revision. Lease 0 makes it permanent.</summary>
    public async Task<long> PutAsync(string key, ReadOnlyMemory<byte> value, long leaseId, CancellationToken cancellationToken) =>
        (await AskAsync(EtcdMethods.Put, NewPut(key, value, leaseId), cancellationToken)).Header.Revision;

    /// <summary>Puts a key that must not exist. The new revision, or null when it exists.</summary>
    public Task<long?> CreateAsync(string key, ReadOnlyMemory<byte> value, long leaseId, CancellationToken cancellationToken) =>
        CompareAndPutAsync(new Compare { Target = Compare.Types.CompareTarget.Version, Version = 0 }, key, value, leaseId, cancellationToken);

    /// <summary>Puts a key that must be as it was at a revision. The new revision, or null when it changed or is gone.</summary>
    public Task<long?> ReplaceAsync(string key, long modRevision, ReadOnlyMemory<byte> value, long leaseId, CancellationToken cancellationToken) =>
        CompareAndPutAsync(UnchangedSince(modRevision), key, value, leaseId, cancellationToken);

    /// <summary>Deletes a key that must be as it was at a revision. False when it changed or is gone.</summary>
    public async Task<bool> DeleteAsync(string key, long modRevision, CancellationToken cancellationToken)
    {
        var compare = UnchangedSince(modRevision);
        compare.Key = ByteString.CopyFromUtf8(key);
        var request = new TxnRequest { Compare = { compare }, Success = { new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = compare.Key } } } };
        return (await AskAsync(EtcdMethods.Txn, request, cancellationToken)).Succeeded;
    }

    /// <summary>Deletes one key, or all that start with it, in one transaction. How many there were.</summary>
    public async Task<long> DeleteAsync(string key, bool isPrefix, CancellationToken cancellationToken)
    {
        var request = new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(key), RangeEnd = isPrefix ? PrefixEnd(key) : ByteString.Empty };
        return (await AskAsync(EtcdMethods.DeleteRange, request, cancellationToken)).Deleted;
    }

    /// <summary>Forgets all history before a revision.</summary>
    public Task CompactAsync(long revision, CancellationToken cancellationToken) =>
        AskAsync(EtcdMethods.Compact, new CompactionRequest { Revision = revision, Physical = true }, cancellationToken);

    private async Task<RangeResponse> ReadPageAsync(RangeRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync(EtcdMethods.Range, request, cancellationToken);
        }
        catch (EtcdException exception) when (exception.Status == GrpcStatus.OutOfRange)
        {
            // The revision of the first page is gone before the last; read from the start it will be another.
            throw new EtcdException(GrpcStatus.Aborted, $"{EtcdMethods.Range}: overtaken by a compaction", exception.Endpoint, exception);
        }
    }

    private async Task<long?> CompareAndPutAsync(
        Compare compare, string key, ReadOnlyMemory<byte> value, long leaseId, CancellationToken cancellationToken)
    {
        var put = NewPut(key, value, leaseId);
        compare.Key = put.Key;
        var answer = await AskAsync(
            EtcdMethods.Txn,
            new TxnRequest
            {
                Compare = { compare },
                Success = { new RequestOp { RequestPut = put } },
                Failure = { new RequestOp { RequestRange = new RangeRequest { Key = put.Key } } },
            },
            cancellationToken);
        if (answer.Succeeded)
        {
            return answer.Header.Revision;
        }

        // The key may carry the lease of this very call: put by an earlier try whose answer was lost.
        var present = answer.Responses[0].ResponseRange.Kvs.FirstOrDefault();
        return present is not null && leaseId != 0 && present.Lease == leaseId ? present.ModRevision : null;
    }

    private static PutRequest NewPut(string key, ReadOnlyMemory<byte> value, long leaseId) =>
        new() { Key = ByteString.CopyFromUtf8(key), Value = UnsafeByteOperations.UnsafeWrap(value), Lease = leaseId };

    private static Compare UnchangedSince(long modRevision) => new() { Target = Compare.Types.CompareTarget.Mod, ModRevision = modRevision };

    private static ByteString After(ByteString key) => ByteString.CopyFrom([.. key.Span, 0]);

    // UTF-8 has no byte 0xff, so the last one can always be counted up.
    private static ByteString PrefixEnd(string prefix)
    {
        var end = ByteString.CopyFromUtf8(prefix).ToByteArray();
        end[^1]++;
        return ByteString.CopyFrom(end);
    }
}
