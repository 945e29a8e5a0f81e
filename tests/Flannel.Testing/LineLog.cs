using System.Diagnostics;

namespace Flannel.Testing;

/// <summary>The lines a program wrote, and a way to wait for one.</summary>
internal sealed class LineLog
{
    private readonly Lock _gate = new();
    private readonly List<(bool IsError, string Text)> _lines = [];
    private TaskCompletionSource _grown = NewSignal();
    private int _openStreams = 2;

    public IReadOnlyList<string> Lines(bool? isError)
    {
        lock (_gate)
        {
            return [.. _lines.Where(line => isError is null || line.IsError == isError).Select(line => line.Text)];
        }
    }

    /// <summary>Reads a stream to its end.</summary>
    public async Task FillAsync(StreamReader stream, bool isError)
    {
        while (await stream.ReadLineAsync() is { } text)
        {
            Update(() => _lines.Add((isError, text)));
        }

        Update(() => _openStreams--);
    }

    public async Task<string> WaitAsync(Func<string, bool> predicate, TimeSpan deadline)
    {
        var started = Stopwatch.GetTimestamp();
        for (var seen = 0; ;)
        {
            Task grown;
            bool isOver;
            lock (_gate)
            {
                for (; seen < _lines.Count; seen++)
                {
                    if (predicate(_lines[seen].Text))
                    {
                        return _lines[seen].Text;
                    }
                }

                grown = _grown.Task;
                isOver = _openStreams == 0;
            }

            var left = deadline - Stopwatch.GetElapsedTime(started);
            if (isOver || left <= TimeSpan.Zero || await Task.WhenAny(grown, Task.Delay(left)) != grown)
            {
                throw new TimeoutException($"the line did not come{(isOver ? ", the program has ended" : "")}; it wrote:\n{this}");
            }
        }
    }

    public override string ToString() => string.Join('\n', Lines(null));

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Update(Action change)
    {
        TaskCompletionSource grown;
        lock (_gate)
        {
            change();
            (grown, _grown) = (_grown, NewSignal());
        }

        grown.SetResult();
    }
}
