namespace Flannel.Leases;

/// <summary>One key of a registry.</summary>
/// <param name="Name">The last part of the key, such as <c>10.5.34.0-24</c>.</param>
/// <param name="Value">The value as it stands there, whatever it is.</param>
/// <param name="Version">Differs between two states of one name: what a compare-and-swap compares. Versions have no order.</param>
/// <param name="IsPermanent">Without a time to live: a reservation.</param>
/// <param name="Expires">When it ends; null if permanent, and where it was not asked for.</param>
internal sealed record RegistryRecord(string Name, string Value, long Version, bool IsPermanent, DateTimeOffset? Expires);
