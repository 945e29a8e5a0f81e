using Flannel.Linux.Firewall;
using Flannel.Linux.Netlink;
using Flannel.Linux.Rtnetlink;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flannel.UnitTests.Linux;

/// <summary>Whatever bytes arrive, a parser gives an object, passes them over or throws <see cref="FormatException"/>.</summary>
public sealed class RtnetlinkFuzzTests
{
    private static readonly ushort[] Types = [16, 17, 20, 21, 24, 25, 28, 29, 2, 3, 0x0a00, 0x0a03, 0x0a06];

    [Fact]
    public void Random_bytes_end_in_a_defined_way() => Prop.ForAll<byte[]>(Survives).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void Damaged_messages_end_in_a_defined_way() =>
        Prop.ForAll(Damaged().ToArbitrary(), Survives).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(5000));

    [Fact]
    public void Random_payloads_of_every_type_end_in_a_defined_way() =>
        Prop.ForAll(Payloads().ToArbitrary(), Survives).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(5000));

    [Fact]
    public void Routes_go_round() => Prop.ForAll(Routes().ToArbitrary(), route => Equals(RoundTrip(route), route)).QuickCheckThrowOnFailure();

    private static bool Survives(byte[] datagram)
    {
        try
        {
            foreach (var message in new Messages(datagram))
            {
                _ = RtnetlinkNotifications.ReadTarget(message.Type, message.Payload);
                _ = NftablesNotifications.TryRead(message.Type, message.Payload, out _);
                _ = message.ReadResult(out _);
            }
        }
        catch (FormatException)
        {
            // Said what is wrong: defined.
        }

        return true;
    }

    private static object? RoundTrip(object target)
    {
        var buffer = new MessageBuffer();
        new RtnetlinkRequest(RequestVerb.Add, target).Write(buffer, 1);
        var messages = new Messages(buffer.Bytes);
        return messages.MoveNext() ? RtnetlinkNotifications.ReadTarget(messages.Current.Type, messages.Current.Payload) : null;
    }

    private static Gen<Route> Routes() =>
        from destination in CidrTests.Cidrs()
        from gateway in CidrTests.Cidrs().Where(cidr => cidr.IsIPv6 == destination.IsIPv6)
        from hasGateway in Gen.Elements(true, false)
        from index in Gen.Choose(0, int.MaxValue)
        from metric in Gen.Choose(0, int.MaxValue)
        from protocol in Gen.Choose(0, 255)
        from onLink in Gen.Elements(true, false)
        from type in Gen.Elements(Enum.GetValues<RouteType>())
        from scope in Gen.Elements(Enum.GetValues<AddressScope>())
        select new Route
        {
            Destination = destination.Network,
            Gateway = hasGateway ? gateway.Address : null,
            LinkIndex = index,
            PreferredSource = hasGateway ? null : gateway.Address,
            Metric = (uint)metric,
            Protocol = (byte)protocol,
            OnLink = onLink,
            Type = type,
            Scope = scope,
        };

    // A well-formed request with some bytes changed and its end cut off.
    private static Gen<byte[]> Damaged() =>
        from number in Gen.Choose(0, RtnetlinkCodecTests.Requests.Count - 1)
        from places in Gen.Choose(0, 150).ListOf(3)
        from values in Gen.Choose(0, 255).ArrayOf(3)
        from cut in Gen.Choose(0, 8)
        select Damage(RtnetlinkCodecTests.Requests.ElementAt(number).Data.Item1, [.. places], values, cut);

    private static byte[] Damage(RtnetlinkRequest request, int[] places, int[] values, int cut)
    {
        var buffer = new MessageBuffer();
        request.Write(buffer, 1);
        var bytes = buffer.Bytes.ToArray();
        for (var i = 0; i < places.Length; i++)
        {
            bytes[places[i] % bytes.Length] = (byte)values[i];
        }

        return bytes[..^cut];
    }

    private static Gen<byte[]> Payloads() =>
        from type in Gen.Elements(Types)
        from flags in Gen.Choose(0, ushort.MaxValue)
        from words in Gen.Choose(0, 40).ListOf()
        select Message(type, (ushort)flags, [.. words.SelectMany(word => BitConverter.GetBytes((ushort)word))]);

    private static byte[] Message(ushort type, ushort flags, byte[] payload)
    {
        var buffer = new MessageBuffer();
        buffer.Begin(type, flags, 1, 0);
        payload.CopyTo(buffer.Reserve(4, payload.Length));
        buffer.End();
        return buffer.Bytes.ToArray();
    }
}
