using System.Text;
using Flannel.Stores.Etcd;
using Microsoft.Extensions.Logging;

namespace Flannel.Leases;

/// <summary>
/// A registry in etcd: <c>PREFIX/config</c> and <c>PREFIX/subnets/NAME</c>, shared with the original flannel. A record lives as long as the etcd lease its key carries;
/// one without is permanent. A value that is no lease by its size alone is given as empty, since its name counts as taken whatever it holds.
/// </summary>
internal sealed partial class EtcdRegistry : ILeaseRegistry
{
    // Time-to-live queries under way at once: enough to hide the round trip, too few to load a server.
    private const int Questions = 16;

    private readonly EtcdClient _client;
    private readonly TimeProvider _time;
    private readonly string _config;
    private readonly string _subnets;

    /// <param name="client">Disposed with the registry.</param>
    /// <param name="prefix"><c>etcd-prefix</c>; superfluous slashes do not count.</param>
    /// <param name="time">The clock that expiry is given by.</param>
    /// <param name="logger">Told of outages.</param>
    public EtcdRegistry(EtcdClient client, string prefix, TimeProvider time, ILogger logger)
    {
        (_client, _time, Outage) = (client, time, new Outage(logger, "etcd"));
        var root = string.Join('/', prefix.Split('/', StringSplitOptions.RemoveEmptyEntries));
        root = prefix.StartsWith('/') && root.Length > 0 ? $"/{root}" : root;
        (_config, _subnets) = ($"{root}/config", $"{root}/subnets/");
    }

    public Outage Outage { get; }

    Outage? ILeaseRegistry.Outage => Outage;

    public async Task<string?> ReadConfigAsync(CancellationToken cancellationToken)
    {
        var found = await _client.GetAsync(_config, isPrefix: false, cancellationToken);
        return found.Items.Count == 0 ? null : Encoding.UTF8.GetString(found.Items[0].Value.Span);
    }

    public Task WriteConfigAsync(string text, CancellationToken cancellationToken) =>
        _client.PutAsync(_config, Encoding.UTF8.GetBytes(text), leaseId: 0, cancellationToken);

    public async Task<IReadOnlyList<RegistryRecord>> ListAsync(bool withExpiry, CancellationToken cancellationToken)
    {
        var found = (await _client.GetAsync(_subnets, isPrefix: true, cancellationToken)).Items;
        var records = found.Select(ToRecord).ToArray();
        if (withExpiry)
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = Questions, CancellationToken = cancellationToken };
            await Parallel.ForAsync(0, records.Length, options, async (i, token) =>
                records[i] = records[i] with { Expires = await GetExpiryAsync(found[i].LeaseId, token) });
        }

        return records;
    }

    public async Task<RegistrySnapshot> ReadAllAsync(CancellationToken cancellationToken)
    {
        var range = await _client.GetAsync(_subnets, isPrefix: true, cancellationToken);
        return new RegistrySnapshot([.. range.Items.Select(ToRecord)], range.Revision);
    }

    public async Task<IReadOnlyList<RegistryRecord>> ListSinceAsync(RegistrySnapshot snapshot, CancellationToken cancellationToken)
    {
        var range = await _client.GetAsync(_subnets, isPrefix: true, cancellationToken, since: snapshot.Revision + 1);
        return [.. range.Items.Select(ToRecord)];
    }

    public Task<RegistryRecord?> CreateAsync(string name, string value, TimeSpan? ttl, CancellationToken cancellationToken) =>
        WriteAsync(name, value, ttl, (bytes, lease) => _client.CreateAsync(_subnets + name, bytes, lease, cancellationToken), cancellationToken);

    public Task<RegistryRecord?> ReplaceAsync(RegistryRecord current, string value, TimeSpan? ttl, CancellationToken cancellationToken) => WriteAsync(
        current.Name,
        value,
        ttl,
        (bytes, lease) => _client.ReplaceAsync(_subnets + current.Name, current.Version, bytes, lease, cancellationToken),
        cancellationToken);

    public Task<bool> DeleteAsync(RegistryRecord current, CancellationToken cancellationToken) =>
        _client.DeleteAsync(_subnets + current.Name, current.Version, cancellationToken);

    public void Reconnect() => _client.Reconnect();

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private async Task<RegistryRecord?> WriteAsync(
        string name, string value, TimeSpan? ttl, Func<byte[], long, Task<long?>> put, CancellationToken cancellationToken)
    {
        var asked = _time.GetUtcNow();
        var grant = ttl is { } time ? await _client.GrantAsync(time, cancellationToken) : default;
        long? revision;
        try
        {
            revision = await put(Encoding.UTF8.GetBytes(value), grant.Id);
        }
        catch (EtcdException exception) when (!exception.IsTransient)
        {
            await DropAsync(grant, cancellationToken);
            throw;
        }

        // After a transient failure the grant stays: the put may have been carried out, and revoking would delete the record. An unused one ends by itself.
        if (revision is { } version)
        {
            return new RegistryRecord(name, value, version, ttl is null, ttl is null ? null : asked + grant.TimeToLive);
        }

        await DropAsync(grant, cancellationToken);
        return null;
    }

    private async Task DropAsync(EtcdGrant grant, CancellationToken cancellationToken)
    {
        try
        {
            if (grant.Id != 0)
            {
                await _client.RevokeAsync(grant.Id, cancellationToken);
            }
        }
        catch (EtcdException)
        {
            // It carries no key and ends by itself.
        }
    }

    private async ValueTask<DateTimeOffset?> GetExpiryAsync(long leaseId, CancellationToken cancellationToken)
    {
        if (leaseId == 0)
        {
            return null;
        }

        var left = await _client.GetTimeToLiveAsync(leaseId, cancellationToken);
        return _time.GetUtcNow() + (left ?? TimeSpan.Zero);
    }

    private RegistryRecord ToRecord(EtcdKeyValue item) => new(ToName(item), ToText(item.Value.Span), item.ModRevision, item.LeaseId == 0, Expires: null);

    private string ToName(EtcdKeyValue item) => item.Key[_subnets.Length..];

    /// <summary>A value that is too long for a lease is kept only as far as shows that.</summary>
    private static string ToText(ReadOnlySpan<byte> value) => Encoding.UTF8.GetString(value[..Math.Min(value.Length, LeaseJson.LongestValue + 1)]);
}
