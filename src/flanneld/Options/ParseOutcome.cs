namespace Flannel.Daemon.Options;

/// <summary>What became of a command line.</summary>
internal abstract record ParseOutcome
{
    private ParseOutcome()
    {
    }

    public sealed record Parsed : ParseOutcome;

    /// <summary><c>-h</c> or <c>-help</c> where no flag has that name.</summary>
    public sealed record HelpAsked : ParseOutcome;

    /// <summary>The message is what the original prints before its usage text.</summary>
    public sealed record Refused(string Message) : ParseOutcome;
}
