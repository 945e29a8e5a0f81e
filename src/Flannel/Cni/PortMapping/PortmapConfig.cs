using Flannel.Cni.Netfilter;
using Flannel.Linux;

namespace Flannel.Cni.PortMapping;

/// <summary>What the plugin reads from its configuration, with the container it is called for.</summary>
internal sealed record PortmapConfig
{
    /// <summary>Kubernetes uses 14 and 15, Calico 20 to 31.</summary>
    private const int DefaultMarkBit = 13;

    public required string Network { get; init; }

    public required string ContainerId { get; init; }

    public IReadOnlyList<MappedPort> Mappings { get; init; } = [];

    /// <summary>Null when it is to be chosen.</summary>
    public string? Backend { get; init; }

    /// <summary>Whether connections from the host itself and from the container to its own mapped port get the host's address.</summary>
    public bool MasqueradesLocal { get; init; } = true;

    /// <summary>Whether all connections do.</summary>
    public bool MasqueradesAll { get; init; }

    /// <summary>0 to 31.</summary>
    public int MarkBit { get; init; } = DefaultMarkBit;

    /// <summary>A chain of somebody else that marks packets to be masqueraded; null for ours.</summary>
    public string? ExternalMarkChain { get; init; }

    /// <summary>Words of a rule that a packet must meet besides, each for one family.</summary>
    public IReadOnlyList<string> ConditionsV4 { get; init; } = [];

    public IReadOnlyList<string> ConditionsV6 { get; init; } = [];

    /// <summary>The addresses of the container, at most one of each family, IPv4 first; none without a previous result.</summary>
    public IReadOnlyList<Cidr> Addresses { get; init; } = [];

    public IReadOnlyList<string> Conditions(bool isIPv6) => isIPv6 ? ConditionsV6 : ConditionsV4;

    /// <exception cref="CniException">A value that is none, or options of one backend while another is configured: codes 6 and 7.</exception>
    public static PortmapConfig Read(CniCall call)
    {
        var root = call.Config.Root;
        var config = new PortmapConfig
        {
            Network = call.Config.Name,
            ContainerId = call.ContainerId,
            Mappings = call.Config.RuntimeConfig is { } runtime ? [.. runtime.Items("portMappings").Select(MappedPort.Read)] : [],
            Backend = root.TryGetMember("backend", out _) ? root.Text("backend") : null,
            MasqueradesLocal = root.Flag("snat", true),
            MasqueradesAll = root.Flag("masqAll"),
            MarkBit = root.Integer("markMasqBit", DefaultMarkBit),
            ExternalMarkChain = root.TryGetMember("externalSetMarkChain", out _) ? root.Text("externalSetMarkChain") : null,
            ConditionsV4 = root.Texts("conditionsV4"),
            ConditionsV6 = root.Texts("conditionsV6"),
            Addresses = AddressesOf(call),
        };
        if (config.ExternalMarkChain is not null && root.OptionalInteger("markMasqBit") is not null)
        {
            throw Invalid("Cannot specify externalSetMarkChain and markMasqBit");
        }

        config.RequireSense();
        return config;
    }

    private void RequireSense()
    {
        if (MarkBit is < 0 or > 31)
        {
            throw Invalid("MasqMarkBit must be between 0 and 31");
        }

        if (Backend is not (null or RuleBackends.Iptables or RuleBackends.Nftables))
        {
            throw Invalid($"unrecognized backend \"{Backend}\"");
        }

        // What stands in a rule must not become another line of the transaction.
        foreach (var word in (string[])[.. ConditionsV4, .. ConditionsV6, ExternalMarkChain ?? ""])
        {
            if (word.AsSpan().ContainsAny('\n', '\r'))
            {
                throw Invalid($"a line end in \"{word.ReplaceLineEndings(" ")}\"");
            }
        }
    }

    /// <summary>Options that only one backend understands must not be there when the other is to write the rules.</summary>
    /// <exception cref="CniException">There are some: code 7.</exception>
    public void RequireOptionsOf(RuleBackend backend)
    {
        List<string> foreign = [];
        if (ExternalMarkChain is not null && backend == RuleBackend.Nftables)
        {
            foreign.Add("externalSetMarkChain");
        }

        foreach (var (name, conditions) in new[] { ("conditionsV4", ConditionsV4), ("conditionsV6", ConditionsV6) })
        {
            if (BackendOf(conditions) is { } meant && meant != backend)
            {
                foreign.Add(name);
            }
        }

        if (foreign.Count > 0)
        {
            var (wanted, other) = backend == RuleBackend.Iptables ? (RuleBackends.Iptables, RuleBackends.Nftables) : (RuleBackends.Nftables, RuleBackends.Iptables);
            throw Invalid($"{wanted} backend was requested but configuration contains {other}-specific options [{string.Join(' ', foreign)}]");
        }
    }

    // A condition of iptables begins with a hyphen or an exclamation mark, one of nftables never.
    private static RuleBackend? BackendOf(IReadOnlyList<string> conditions) =>
        conditions is not [{ Length: > 0 } first, ..] ? null : first[0] is '-' or '!' ? RuleBackend.Iptables : RuleBackend.Nftables;

    /// <summary>The first address of each family that is not on another interface than the container's.</summary>
    private static Cidr[] AddressesOf(CniCall call)
    {
        Cidr? v4 = null, v6 = null;
        foreach (var ip in call.Config.PreviousResult?.Ips ?? [])
        {
            if (IsElsewhere(call, ip.Interface))
            {
                continue;
            }

            if (ip.Address.IsIPv6)
            {
                v6 ??= ip.Address;
            }
            else
            {
                v4 ??= ip.Address;
            }
        }

        return (v4, v6) switch
        {
            ({ } first, { } second) => [first, second],
            ({ } only, null) => [only],
            (null, { } only) => [only],
            _ => [],
        };
    }

    private static bool IsElsewhere(CniCall call, int? index) =>
        index is { } known && call.Config.PreviousResult!.Interfaces is var interfaces && known >= 0 && known < interfaces.Count &&
        (interfaces[known].Name != call.IfName || interfaces[known].Sandbox.Length == 0);

    private static CniException Invalid(string message) => new(CniException.InvalidConfig, message);
}
