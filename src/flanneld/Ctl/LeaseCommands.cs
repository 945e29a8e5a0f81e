using System.CommandLine;
using System.Net;
using Flannel.Leases;
using Flannel.Linux;
using Flannel.Stores;

namespace Flannel.Daemon.Ctl;

/// <summary><c>flannelctl lease list|show|reserve|release</c></summary>
internal sealed class LeaseCommands(CtlConsole console)
{
    private const string AssignedByCluster = "the cluster assigns each node its pod network; a node gets another when it is deleted and registered again";

    public Command Build()
    {
        var command = new Command("lease", "Looks at and changes leases.");
        var store = new StoreArguments(console, command);
        var format = new OutputFormat(command);
        command.Subcommands.Add(BuildList(store, format));
        command.Subcommands.Add(BuildShow(store, format));
        command.Subcommands.Add(BuildReserve(store));
        command.Subcommands.Add(BuildRelease(store));
        return command;
    }

    private Command BuildList(StoreArguments arguments, OutputFormat format)
    {
        var command = new Command("list", "Lists all leases.");
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var store = arguments.Open(result);
            var leases = (await store.ListAsync(cancellationToken)).OrderBy(lease => lease.Key.IPv4).ThenBy(lease => lease.Key.IPv6).ToList();
            var text = new LeaseText(areAssigned: !store.Allocates);
            if (format.IsJson(result))
            {
                console.Output.WriteLine(JsonText.Of(json => text.Write(json, leases)));
            }
            else
            {
                text.ToTable(leases, TimeProvider.System.GetUtcNow()).Write(console.Output);
            }
        });
        return command;
    }

    private Command BuildShow(StoreArguments arguments, OutputFormat format)
    {
        var wanted = new Argument<string>("lease") { Description = "the subnet or a public address of its host" };
        var command = new Command("show", "Shows one lease with all its data.") { wanted };
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var store = arguments.Open(result);
            var lease = Find(await store.ListAsync(cancellationToken), result.GetRequiredValue(wanted));
            var text = new LeaseText(areAssigned: !store.Allocates);
            if (format.IsJson(result))
            {
                console.Output.WriteLine(JsonText.Of(json => text.Write(json, lease)));
            }
            else
            {
                text.ToDetails(lease).Write(console.Output);
            }
        });
        return command;
    }

    private Command BuildReserve(StoreArguments arguments)
    {
        var subnet = new Argument<string>("subnet") { Description = "a subnet such as 10.5.34.0/24, or 10.5.34.0/24,fd00:5:34::/64 with two families" };
        var host = new Argument<string?>("public-ip") { Description = "the host's public address; the holder's when left out", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("reserve", "Fixes a subnet for a host: its lease never ends, and nobody else gets it.") { subnet, host };
        command.SetAction(async (result, cancellationToken) =>
        {
            var key = SubnetArgument.Parse(result.GetRequiredValue(subnet));
            await using var store = arguments.OpenToChange(result, AssignedByCluster);
            var config = ConfigCheck.Parse(await ConfigCommands.ReadAsync(store, cancellationToken));
            var address = result.GetValue(host) is { } text ? AddressOf(text) : HolderOf(await store.ListAsync(cancellationToken), key);
            await store.ReserveAsync(config, key, address, cancellationToken);
            console.Output.WriteLine($"{SubnetArgument.Text(key)} is reserved for {address}.");
        });
        return command;
    }

    private Command BuildRelease(StoreArguments arguments)
    {
        var subnet = new Argument<string>("subnet") { Description = "the subnet of a lease or a reservation" };
        var now = new Option<bool>("--now") { Description = "remove it at once; a host that runs takes its subnet again" };
        var command = new Command("release", "Makes a reservation a lease again, which ends in 24 hours unless its host renews it.") { subnet, now };
        command.SetAction(async (result, cancellationToken) =>
        {
            var key = SubnetArgument.Parse(result.GetRequiredValue(subnet));
            await using var store = arguments.OpenToChange(result, AssignedByCluster);
            var removes = result.GetValue(now);
            if (!await (removes ? store.DeleteAsync(key, cancellationToken) : store.ReleaseAsync(key, cancellationToken)))
            {
                throw NoLease(SubnetArgument.Text(key));
            }

            console.Output.WriteLine($"{SubnetArgument.Text(key)} is {(removes ? "removed" : "an ordinary lease now")}.");
        });
        return command;
    }

    private static Lease Find(IReadOnlyList<Lease> leases, string wanted)
    {
        var found = IPAddress.TryParse(wanted, out var address)
            ? leases.FirstOrDefault(lease => address.Equals(lease.Attributes.PublicIP) || address.Equals(lease.Attributes.PublicIPv6))
            : leases.FirstOrDefault(lease => lease.Key == SubnetArgument.Parse(wanted));
        return found ?? throw NoLease(wanted);
    }

    private static IPAddress HolderOf(IReadOnlyList<Lease> leases, LeaseKey key)
    {
        var attributes = leases.FirstOrDefault(lease => lease.Key == key)?.Attributes;
        return attributes?.PublicIP ?? attributes?.PublicIPv6 ??
            throw new StoreException($"nobody holds {SubnetArgument.Text(key)}; name the public address it is reserved for", isTransient: false);
    }

    private static IPAddress AddressOf(string text) =>
        Cidr.TryParseAddress(text, out var address) ? address : throw new FormatException($"{text} is not an IP address");

    private static StoreException NoLease(string wanted) => new($"there is no lease {wanted}", isTransient: false);
}
