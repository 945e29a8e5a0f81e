namespace Flannel.Testing;

/// <summary>An echo that was never answered: which, when after the start it was sent, and the system's refusal if it could not even be sent.</summary>
public sealed record MissingReply(int Sequence, TimeSpan Sent, string? Refusal);
