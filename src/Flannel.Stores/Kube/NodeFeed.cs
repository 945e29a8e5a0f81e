using System.Text.Json;

namespace Flannel.Stores.Kube;

/// <summary>Brings a response's bytes to a <see cref="NodeParser"/>, in one buffer that grows only while a single string is longer than it.</summary>
internal sealed class NodeFeed(Stream stream, NodeParser parser)
{
    private const int FirstSize = 16 * 1024;

    // The server stores no object larger than 1.5 MB, and every escape is six bytes at most.
    private const int LargestSize = 16 * 1024 * 1024;

    private readonly List<KubeNodeEvent> _told = [];
    private byte[] _buffer = GC.AllocateUninitializedArray<byte>(FirstSize);
    private int _length;

    /// <summary>What has become complete by the last <see cref="ReadAsync"/>, good until the next.</summary>
    public IReadOnlyList<KubeNodeEvent> Told => _told;

    /// <summary>Waits for more bytes and reads them.</summary>
    /// <returns>False at the end of the stream.</returns>
    /// <exception cref="JsonException">The bytes are not what was expected.</exception>
    /// <exception cref="EndOfStreamException">The stream ends within a value.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        _told.Clear();
        if (_length == _buffer.Length)
        {
            Grow();
        }

        var received = await stream.ReadAsync(_buffer.AsMemory(_length), cancellationToken);
        if (received == 0)
        {
            var isWhole = parser.IsBetweenValues && !_buffer.AsSpan(0, _length).ContainsAnyExcept(" \t\r\n"u8);
            return isWhole ? false : throw new EndOfStreamException("the answer was cut short");
        }

        _length += received;
        var read = parser.Parse(_buffer.AsSpan(0, _length), _told);
        _length -= read;
        _buffer.AsSpan(read, _length).CopyTo(_buffer);
        return true;
    }

    private void Grow()
    {
        if (_length >= LargestSize)
        {
            throw new JsonException($"a single value is longer than {LargestSize} bytes");
        }

        Array.Resize(ref _buffer, 2 * _length);
    }
}
