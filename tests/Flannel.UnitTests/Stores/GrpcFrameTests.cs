using Flannel.Stores.Etcd;
using Flannel.Stores.Etcd.Protocol;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Xunit;

namespace Flannel.UnitTests.Stores;

public sealed class GrpcFrameTests
{
    [Fact]
    public void A_frame_is_a_flag_a_length_and_the_message()
    {
        var frame = GrpcFrame.Encode(new LeaseGrantRequest { Ttl = 86400 });

        // Field 1, varint 86400.
        Assert.Equal("00" + "00000004" + "0880A305", Convert.ToHexString(frame));
    }

    [Fact]
    public void What_is_encoded_is_what_is_read() => Prop.ForAll<byte[][]>(values =>
    {
        var sent = values.Select(value => new PutRequest { Value = ByteString.CopyFrom(value) }).ToList();
        using var stream = new MemoryStream([.. sent.SelectMany(GrpcFrame.Encode)]);

        Assert.Equal(sent, ReadAll(stream));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Random_bytes_end_as_bad_data_or_as_a_stream_cut_short() => Prop.ForAll<byte[]>(bytes =>
    {
        using var stream = new MemoryStream([0, 0, 0, 0, (byte)bytes.Length, .. bytes, .. bytes]);
        try
        {
            ReadAll(stream);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            // The two outcomes a caller knows.
        }
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("0100000000")]
    [InlineData("00FFFFFFFF")]
    public void A_compressed_or_endless_frame_is_refused(string hex)
    {
        using var stream = new MemoryStream(Convert.FromHexString(hex));

        Assert.Throws<InvalidDataException>(() => ReadAll(stream));
    }

    private static List<PutRequest> ReadAll(MemoryStream stream)
    {
        var messages = new List<PutRequest>();
        while (GrpcFrame.ReadAsync(stream, PutRequest.Parser, CancellationToken.None).AsTask().GetAwaiter().GetResult() is { } message)
        {
            messages.Add(message);
        }

        return messages;
    }
}
