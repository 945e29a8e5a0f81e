using System.Net;
using Flannel.Linux;
using Flannel.Linux.Firewall;
using Flannel.Linux.Netlink;
using Flannel.Linux.Rtnetlink;
using Xunit;

namespace Flannel.UnitTests.Linux;

/// <summary>Messages byte by byte, laid out by hand from linux/rtnetlink.h and its neighbours, on a little-endian machine.</summary>
public sealed class RtnetlinkCodecTests
{
    private static readonly MacAddress s_mac = MacAddress.Parse("5e:02:00:00:00:01");

    private static readonly IPAddress s_peer = IPAddress.Parse("10.5.1.0");

    public static TheoryData<RtnetlinkRequest, string> Requests => new()
    {
        {
            new(RequestVerb.Replace, new Route { Destination = Cidr.Parse("10.5.1.0/24"), Gateway = s_peer, LinkIndex = 7, OnLink = true }),
            "34000000 1800 0505 09000000 00000000 | 02 18 00 00 fe 66 00 01 04000000 | 0800 0100 0a050100 | 0800 0500 0a050100 | 0800 0400 07000000"
        },
        {
            new(RequestVerb.Delete, new Route { Destination = Cidr.Parse("::/0"), Metric = 1024, Table = 1000, Type = RouteType.RTN_BLACKHOLE }),
            "2c000000 1900 0500 09000000 00000000 | 0a 00 00 00 00 66 ff 06 00000000 | 0800 0600 00040000 | 0800 0f00 e8030000"
        },
        {
            new(RequestVerb.Replace, new Neighbour(7, s_peer, s_mac)),
            "30000000 1c00 0505 09000000 00000000 | 02 00 0000 07000000 8000 00 00 | 0800 0100 0a050100 | 0a00 0200 5e0200000001 0000"
        },
        {
            new(RequestVerb.Add, new FdbEntry(7, s_mac, IPAddress.Parse("192.0.2.1"))),
            "30000000 1c00 0506 09000000 00000000 | 07 00 0000 07000000 8000 02 00 | 0a00 0200 5e0200000001 0000 | 0800 0100 c0000201"
        },
        {
            new(RequestVerb.Add, new InterfaceAddress(7, Cidr.Parse("10.5.72.0/32"), AddressScope.Link)),
            "28000000 1400 0506 09000000 00000000 | 02 20 00 fd 07000000 | 0800 0200 0a054800 | 0800 0100 0a054800"
        },
        {
            new(RequestVerb.Delete, new Link { Index = 7, Name = "flannel.1" }),
            "20000000 1100 0500 09000000 00000000 | 00 00 0000 07000000 00000000 00000000"
        },
        {
            new(RequestVerb.Set, new LinkChange { Index = 7, Up = true, Mtu = 1450 }),
            "28000000 1000 0500 09000000 00000000 | 00 00 0000 07000000 01000000 01000000 | 0800 0400 aa050000"
        },
        {
            new(RequestVerb.Add, Flannel1),
            "80000000 1000 0506 09000000 00000000 | 00 00 0000 00000000 01000000 01000000 | 0e00 0300 666c616e6e656c2e3100 0000 | 0800 0400 aa050000 | "
            + "4800 1280 0a00 0100 76786c616e00 0000 | 3800 0280 0800 0100 01000000 | 0800 0300 02000000 | 0800 0400 c0000201 | 0600 0f00 2118 0000 | "
            + "0500 0700 00 000000 | 0500 0d00 00 000000 | 0400 1700"
        },
    };

    private static Link Flannel1 => new()
    {
        Name = "flannel.1",
        Kind = "vxlan",
        IsUp = true,
        Mtu = 1450,
        Vxlan = new VxlanAttributes { Vni = 1, ParentIndex = 2, Local = IPAddress.Parse("192.0.2.1"), Port = 8472, Gbp = true },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_request_has_the_kernels_layout(RtnetlinkRequest request, string bytes)
    {
        var buffer = new MessageBuffer();

        request.Write(buffer, 9);

        Assert.Equal(Convert.ToHexStringLower(Bytes(bytes)), Convert.ToHexStringLower(buffer.Bytes));
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void What_was_written_is_read_again(RtnetlinkRequest request, string bytes)
    {
        Assert.NotEmpty(bytes);
        var buffer = new MessageBuffer();
        request.Write(buffer, 1);
        var messages = new Messages(buffer.Bytes);
        Assert.True(messages.MoveNext());

        var target = RtnetlinkNotifications.ReadTarget(messages.Current.Type, messages.Current.Payload);

        switch (request.Target)
        {
            case Route { Table: not 254 }: Assert.Null(target); break;
            case Link { Index: 7 }: Assert.Equal("", Assert.IsType<Link>(target).Name); break;
            case LinkChange: Assert.Equal((7, 1450, true), Assert.IsType<Link>(target) is var link ? (link.Index, link.Mtu, link.IsUp) : default); break;
            case InterfaceAddress address: Assert.Equal(address with { Flags = AddressFlags.None }, target); break;
            default: Assert.Equal(request.Target, target); break;
        }

        Assert.False(messages.MoveNext());
    }

    [Fact]
    public void A_buffer_that_is_used_again_keeps_nothing_of_before()
    {
        var (used, fresh) = (new MessageBuffer(), new MessageBuffer());
        used.Begin(1, 0, 1, uint.MaxValue);
        used.Reserve(1, 200).Fill(0xff);
        used.End();
        used.Clear();

        new RtnetlinkRequest(RequestVerb.Add, Flannel1).Write(used, 9);
        new RtnetlinkRequest(RequestVerb.Add, Flannel1).Write(fresh, 9);

        Assert.Equal(fresh.Bytes, used.Bytes);
    }

    [Theory]
    [InlineData("14000000 0200 0001 01000000 00000000 | 00000000", 0, null)]
    [InlineData("24000000 0200 0001 01000000 00000000 | efffffff | 34000000 1800 0506 01000000 00000000", 17, null)]
    [InlineData("30000000 0200 0003 01000000 00000000 | efffffff | 34000000 1800 0506 01000000 00000000 | 0900 0100 626f6f6d 00 000000", 17, "boom")]
    [InlineData("34000000 0200 0002 01000000 00000000 | efffffff | 14000000 1800 0506 01000000 00000000 | 00000000 | 0900 0100 626f6f6d 00 000000", 17, "boom")]
    [InlineData("20000000 0300 0202 01000000 00000000 | feffffff | 0900 0100 626f6f6d 00 000000", 2, "boom")]
    public void An_answer_has_an_errno_and_the_kernels_words(string bytes, int errno, string? text)
    {
        var messages = new Messages(Bytes(bytes));
        Assert.True(messages.MoveNext());

        Assert.Equal(errno, messages.Current.ReadResult(out var said));
        Assert.Equal(text, said);
    }

    [Theory]
    [InlineData(0x0a08, "02 00 0000 | 0800 0100 6e617400 | 0900 0200 504f5354 00 000000", true)]
    [InlineData(0x0a06, "02 00 0000 | 0800 0100 6e617400 | 0900 0200 504f5354 00 000000", false)]
    public void A_rule_notification_names_table_and_chain(int type, string payload, bool deleted)
    {
        Assert.True(NftablesNotifications.TryRead((ushort)type, Bytes(payload), out var change));

        Assert.Equal(new NftEvent(deleted, NftObject.Rule, 2, "nat", "POST"), change);
    }

    private static byte[] Bytes(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal).Replace("|", "", StringComparison.Ordinal));
}
