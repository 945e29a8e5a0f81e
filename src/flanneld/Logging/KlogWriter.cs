using System.Buffers;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Flannel.Daemon.Logging;

/// <summary>
/// Writes lines as <c>I1121 11:15:16.123456   12345 category:event] text</c>: level, month and day, local time, process, place. Each is one write, so that lines of
/// several threads and processes do not mix; control characters in the text are escaped, so that what a peer wrote cannot forge a line. A stack follows as it is.
/// </summary>
internal sealed class KlogWriter(Stream output, TimeProvider time)
{
    private const int KeptCapacity = 16 * 1024;

    private readonly Lock _gate = new();
    private readonly int _process = Environment.ProcessId;
    private ArrayBufferWriter<byte> _line = new(512);

    public void Write(char level, string name, EventId id, string text, string? stack)
    {
        lock (_gate)
        {
            _line.ResetWrittenCount();
            AppendHead(level, name, id);
            AppendText(text);
            AppendUtf8("\n");
            if (stack is not null)
            {
                AppendUtf8(stack);
                AppendUtf8("\n");
            }

            try
            {
                output.Write(_line.WrittenSpan);
            }
            catch (IOException)
            {
                // Nobody reads the log any more; that must not stop the network, and there is no place left to say it.
            }

            if (_line.Capacity > KeptCapacity)
            {
                _line = new ArrayBufferWriter<byte>(512);
            }
        }
    }

    private void AppendHead(char level, string name, EventId id)
    {
        Span<char> head = stackalloc char[64];
        head.TryWrite(null, $"{level}{time.GetLocalNow():MMdd HH:mm:ss.ffffff} {_process,7} ", out var length);
        AppendUtf8(head[..length]);
        AppendUtf8(name);
        AppendUtf8(":");
        AppendUtf8(id.Name ?? $"{id.Id}");
        AppendUtf8("] ");
    }

    private void AppendText(ReadOnlySpan<char> text)
    {
        for (var control = IndexOfControl(text); control >= 0; control = IndexOfControl(text))
        {
            AppendUtf8(text[..control]);
            AppendUtf8(text[control] switch { '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", var c => $"\\u{(int)c:x4}" });
            text = text[(control + 1)..];
        }

        AppendUtf8(text);
    }

    private static int IndexOfControl(ReadOnlySpan<char> text) =>
        text.IndexOfAnyInRange('\u007f', '\u009f') is var high && text.IndexOfAnyInRange('\0', '\u001f') is var low && low < 0 ? high
        : high < 0 ? low
        : Math.Min(low, high);

    private void AppendUtf8(ReadOnlySpan<char> text) => Encoding.UTF8.GetBytes(text, _line);
}
