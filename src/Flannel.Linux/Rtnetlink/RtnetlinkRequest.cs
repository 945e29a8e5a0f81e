using System.Globalization;
using Flannel.Linux.Interop;
using Flannel.Linux.Netlink;

namespace Flannel.Linux.Rtnetlink;

/// <summary>One change to ask of the kernel.</summary>
/// <param name="Verb">What to do.</param>
/// <param name="Target">
/// A <see cref="Link"/>, <see cref="InterfaceAddress"/>, <see cref="Route"/>, <see cref="Neighbour"/>, <see cref="FdbEntry"/> or <see cref="BridgeVlan"/>, or with
/// <see cref="RequestVerb.Set"/> a <see cref="LinkChange"/>.
/// </param>
public readonly record struct RtnetlinkRequest(RequestVerb Verb, object Target)
{
    /// <summary>The request as a line of <c>ip</c> or <c>bridge</c>; a device is given as <c>if7</c>.</summary>
    public override string ToString() => ToString(static _ => null);

    /// <summary>The same with the names of devices where <paramref name="nameOf"/> knows them by index.</summary>
    public string ToString(Func<int, string?> nameOf) =>
        RequestText.Of(this, index => nameOf(index) ?? string.Create(CultureInfo.InvariantCulture, $"if{index}"));

    /// <exception cref="ArgumentException">The verb does not go with the target.</exception>
    internal void Write(MessageBuffer buffer, uint sequence)
    {
        var delete = Verb == RequestVerb.Delete;
        var flags = (ushort)(LinuxNetlink.NLM_F_REQUEST | LinuxNetlink.NLM_F_ACK | VerbFlags());
        switch (Target)
        {
            case LinkChange change when Verb == RequestVerb.Set:
                LinkCodec.Write(buffer, flags, sequence, change);
                break;
            case Link link when Verb != RequestVerb.Set:
                LinkCodec.Write(buffer, delete ? LinuxRtnetlink.RTM_DELLINK : LinuxRtnetlink.RTM_NEWLINK, flags, sequence, link);
                break;
            case InterfaceAddress address when Verb != RequestVerb.Set:
                AddressCodec.Write(buffer, delete ? LinuxRtnetlink.RTM_DELADDR : LinuxRtnetlink.RTM_NEWADDR, flags, sequence, address);
                break;
            case Route route when Verb != RequestVerb.Set:
                RouteCodec.Write(buffer, delete ? LinuxRtnetlink.RTM_DELROUTE : LinuxRtnetlink.RTM_NEWROUTE, flags, sequence, route);
                break;
            case Neighbour neighbour when Verb != RequestVerb.Set:
                NeighbourCodec.Write(buffer, delete ? LinuxRtnetlink.RTM_DELNEIGH : LinuxRtnetlink.RTM_NEWNEIGH, flags, sequence, neighbour);
                break;
            case BridgeVlan vlan when Verb is RequestVerb.Add or RequestVerb.Delete:
                BridgeVlanCodec.Write(buffer, delete ? LinuxRtnetlink.RTM_DELLINK : LinuxRtnetlink.RTM_SETLINK, flags, sequence, vlan);
                break;
            case FdbEntry entry when Verb != RequestVerb.Set:
                NeighbourCodec.Write(buffer, delete ? LinuxRtnetlink.RTM_DELNEIGH : LinuxRtnetlink.RTM_NEWNEIGH, flags, sequence, entry);
                break;
            default:
                throw new ArgumentException($"{Verb} cannot be asked of a {Target.GetType().Name}");
        }
    }

    private int VerbFlags() => Verb switch
    {
        RequestVerb.Add => LinuxNetlink.NLM_F_CREATE | LinuxNetlink.NLM_F_EXCL,
        RequestVerb.Replace => LinuxNetlink.NLM_F_CREATE | LinuxNetlink.NLM_F_REPLACE,
        RequestVerb.Prepend => LinuxNetlink.NLM_F_CREATE,
        _ => 0,
    };
}
