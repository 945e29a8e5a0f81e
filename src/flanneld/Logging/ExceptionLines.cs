using System.Text;
using Flannel.Stores;

namespace Flannel.Daemon.Logging;

/// <summary>Exceptions as one line.</summary>
internal static class ExceptionLines
{
    /// <summary>
    /// The message and those of the inner exceptions, outermost first, joined by colons. A message that the one before it quotes already is left out,
    /// and so is what lies below a store's failure, which names its cause itself.
    /// </summary>
    public static string ToLine(this Exception exception)
    {
        var line = new StringBuilder();
        var last = "";
        for (Exception? current = Unwrapped(exception); current is not null; current = Unwrapped(current.InnerException))
        {
            var message = current.Message.Length > 0 ? current.Message : current.GetType().Name;
            if (!last.Contains(message, StringComparison.Ordinal))
            {
                line.Append(line.Length == 0 ? "" : ": ").Append(message);
                last = message;
            }

            if (current is StoreException)
            {
                break;
            }
        }

        return line.ToString();
    }

    private static Exception? Unwrapped(Exception? exception) =>
        exception is AggregateException { InnerExceptions: [var only] } ? Unwrapped(only) : exception;
}
