using Google.Protobuf;

namespace Flannel.Stores.Etcd;

/// <summary>A remote procedure: its path, and how to read what it answers.</summary>
internal sealed record GrpcMethod<TResponse>(string Path, MessageParser<TResponse> Parser)
    where TResponse : class, IMessage<TResponse>
{
    public override string ToString() => Path[(Path.LastIndexOf('/') + 1)..];
}
