using Flannel.Daemon.Logging;

namespace Flannel.Daemon.Options;

/// <summary>What flanneld was told, by command line and environment. Numbers beyond 32 bits are cut to them.</summary>
internal sealed record DaemonOptions
{
    public required StoreOptions Store { get; init; }

    public required KubernetesOptions Kubernetes { get; init; }

    public required InterfaceOptions Interface { get; init; }

    public required LogOptions Log { get; init; }

    public required string SubnetFile { get; init; }

    /// <summary>Minutes before its end at which a lease is renewed, as given; legal are 1 to 1439.</summary>
    public required int RenewMarginMinutes { get; init; }

    public required bool IPMasq { get; init; }

    /// <summary>Never ask for fully random source ports.</summary>
    public required bool IPMasqFullyRandomDisable { get; init; }

    public required bool ForwardRules { get; init; }

    /// <summary>Between two looks at iptables rules and at the blackhole route; at least a second.</summary>
    public required TimeSpan Resync { get; init; }

    public required bool BlackholeRoute { get; init; }

    /// <summary>Address or name the health server binds to; empty for all addresses.</summary>
    public required string HealthAddress { get; init; }

    /// <summary>0 or less: no health server.</summary>
    public required int HealthPort { get; init; }

    /// <summary>Every option as <c>name=value</c>, secrets redacted.</summary>
    public required string Description { get; init; }
}
