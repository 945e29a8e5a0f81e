namespace Flannel.Leases;

/// <summary>One step of a registry's watch.</summary>
internal abstract record RegistryChange
{
    private RegistryChange()
    {
    }

    /// <summary>All records there are; replaces what was known.</summary>
    public sealed record Snapshot(IReadOnlyList<RegistryRecord> Records) : RegistryChange;

    /// <summary>A record appeared or was written again. Its expiry may be missing.</summary>
    public sealed record Put(RegistryRecord Record) : RegistryChange;

    /// <summary>A record was deleted or expired.</summary>
    public sealed record Deleted(string Name) : RegistryChange;
}
