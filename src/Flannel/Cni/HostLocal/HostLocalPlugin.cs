using Flannel.Linux;

namespace Flannel.Cni.HostLocal;

/// <summary>
/// Gives containers addresses out of ranges that are this host's alone, and keeps an <see cref="AddressBook"/> of them. The standard host-local may use the same book at
/// the same time.
/// </summary>
public sealed class HostLocalPlugin : CniPlugin
{
    public const string Type = "host-local";

    public override string Name => Type;

    /// <summary>One address of each range set. A container that has one already, and uses it, is refused; one that has it from an ADD that was killed gets it again.</summary>
    public override CniResult Add(CniCall call)
    {
        var config = HostLocalConfig.Read(call);
        var dns = config.ResolvConf.Length > 0 ? ResolvConf.Read(config.ResolvConf) : CniDns.None;
        return new CniResult { Ips = Allocate(call, config), Routes = config.Routes, Dns = dns };
    }

    /// <summary>Frees all that the attachment has. Nothing of the configuration is needed for that but the name of the network and <c>dataDir</c>.</summary>
    public override void Delete(CniCall call)
    {
        using var book = AddressBook.OpenExisting(HostLocalConfig.FolderOf(call.Config));
        book?.Release(Own(book, call));
    }

    /// <summary>Fails when the attachment has no address at all.</summary>
    public override void Check(CniCall call)
    {
        using var book = AddressBook.OpenExisting(HostLocalConfig.Read(call).Folder);
        if (book is null || !Own(book, call).Any())
        {
            throw new CniException(CniException.Internal, $"host-local: Failed to find address added by container {call.ContainerId}");
        }
    }

    /// <summary>Frees what none of the valid attachments has, and what nobody has.</summary>
    public override void CollectGarbage(CniCall call)
    {
        if (call.Config.ValidAttachments is not { } valid)
        {
            return;
        }

        using var book = AddressBook.OpenExisting(HostLocalConfig.FolderOf(call.Config));
        book?.Release(book.Read().Where(reservation => reservation.Holder is not null && !valid.Any(reservation.IsOf)));
    }

    /// <summary>Fails when the configuration makes no sense, or when all addresses of a range set are taken.</summary>
    public override void ReportStatus(CniCall call)
    {
        var config = HostLocalConfig.Read(call);
        using var book = AddressBook.OpenExisting(config.Folder);
        if (book is null)
        {
            return;
        }

        var taken = book.Read().Where(reservation => !reservation.IsAbandoned).Select(reservation => reservation.Address).ToHashSet();
        foreach (var set in config.Sets)
        {
            if (set.InTurn(null).All(address => taken.Contains(address.Host)))
            {
                throw new CniException(CniException.PluginNotAvailable, Exhaustion.Message(set));
            }
        }
    }

    private static IReadOnlyList<CniAddress> Allocate(CniCall call, HostLocalConfig config)
    {
        int exhausted;
        using (var book = AddressBook.Open(config.Folder))
        {
            var inUse = new Lazy<IReadOnlyCollection<Cidr>?>(() => AddressesOf(call.Netns));
            var allocation = new Allocation(book, new CniAttachment(call.ContainerId, call.IfName), host => inUse.Value?.Contains(host) ?? true);
            if (allocation.TakeAll(config, out exhausted) is { } addresses)
            {
                return addresses;
            }
        }

        // Not under the lock: it looks at every container of the host.
        throw Exhaustion.Fault(exhausted, config);
    }

    /// <summary>The addresses in the container's namespace; null when nobody can tell.</summary>
    private static IReadOnlyCollection<Cidr>? AddressesOf(string netns)
    {
        try
        {
            return NetnsAddresses.Read(netns);
        }
        catch (LinuxException)
        {
            return null;
        }
    }

    private static IEnumerable<Reservation> Own(AddressBook book, CniCall call)
    {
        var attachment = new CniAttachment(call.ContainerId.Trim(), call.IfName);
        return book.Read().Where(reservation => reservation.IsOf(attachment));
    }
}
