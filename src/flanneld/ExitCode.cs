namespace Flannel.Daemon;

/// <summary>How a program of ours ends (docs/running.md).</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>A fatal condition, logged.</summary>
    public const int Failure = 1;

    /// <summary>A command line that is refused. The original ends with 0 there, which no supervisor can tell from a wanted end.</summary>
    public const int Usage = 2;

    /// <summary>The health port is taken; the original's crash gives the same number.</summary>
    public const int HealthPort = 2;
}
