using System.Buffers.Binary;
using Google.Protobuf;

namespace Flannel.Stores.Etcd;

/// <summary>A message on a gRPC stream: one byte for compression, four for the length, big endian, then the message (grpc PROTOCOL-HTTP2, Length-Prefixed-Message).</summary>
internal static class GrpcFrame
{
    private const int PrefixLength = 5;

    public static byte[] Encode(IMessage message)
    {
        var length = message.CalculateSize();
        var frame = new byte[PrefixLength + length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), length);
        message.WriteTo(frame.AsSpan(PrefixLength));
        return frame;
    }

    /// <summary>The next message; null at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">What came is no frame or not the message expected.</exception>
    /// <exception cref="EndOfStreamException">The stream ends inside a frame.</exception>
    public static async ValueTask<T?> ReadAsync<T>(Stream stream, MessageParser<T> parser, CancellationToken cancellationToken)
        where T : class, IMessage<T>
    {
        var prefix = new byte[PrefixLength];
        var received = await stream.ReadAtLeastAsync(prefix, PrefixLength, throwOnEndOfStream: false, cancellationToken);
        if (received == 0)
        {
            return null;
        }

        var length = received < PrefixLength ? throw new EndOfStreamException() : BinaryPrimitives.ReadInt32BigEndian(prefix.AsSpan(1));
        if (prefix[0] != 0 || length < 0 || length > Array.MaxLength)
        {
            throw new InvalidDataException($"a gRPC frame starts with {Convert.ToHexString(prefix)}");
        }

        var message = GC.AllocateUninitializedArray<byte>(length);
        await stream.ReadExactlyAsync(message, cancellationToken);
        try
        {
            return parser.ParseFrom(message);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new InvalidDataException($"a gRPC message of {length} bytes is malformed: {exception.Message}", exception);
        }
    }
}
