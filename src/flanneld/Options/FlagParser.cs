namespace Flannel.Daemon.Options;

/// <summary>Reads one value. Returns null when it was taken, else the reason for the refusal, and then leaves <paramref name="value"/> alone.</summary>
internal delegate string? FlagParser<T>(string text, ref T value);
