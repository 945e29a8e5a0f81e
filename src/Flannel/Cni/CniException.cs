namespace Flannel.Cni;

/// <summary>A fault that the runtime is told as an error document (CNI specification 1.1, section 5).</summary>
/// <param name="code">One of the constants, or a plugin's own from 100 on.</param>
/// <param name="message">One sentence for an operator.</param>
/// <param name="details">More, where there is more.</param>
/// <param name="cause">What led here.</param>
public sealed class CniException(int code, string message, string? details = null, Exception? cause = null) : Exception(message, cause)
{
    public const int IncompatibleVersion = 1;
    public const int UnsupportedField = 2;
    public const int UnknownContainer = 3;
    public const int InvalidEnvironment = 4;
    public const int IOFailure = 5;
    public const int DecodingFailure = 6;
    public const int InvalidConfig = 7;
    public const int InvalidNetns = 8;
    public const int TryAgainLater = 11;

    /// <summary>STATUS: no container can be attached.</summary>
    public const int PluginNotAvailable = 50;

    /// <summary>STATUS: containers can be attached, those that are may lack connections.</summary>
    public const int LimitedConnectivity = 51;

    /// <summary>Whatever has no code of its own.</summary>
    public const int Internal = 999;

    public int Code { get; } = code;

    public string? Details { get; } = details;

    /// <summary>The message with its details, as it appears inside another message.</summary>
    public string Text => string.IsNullOrEmpty(Details) ? Message : $"{Message}; {Details}";
}
