using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Flannel.Linux;
using Flannel.Linux.Firewall;
using Flannel.Linux.Interop;
using Flannel.Linux.Rtnetlink;
using Xunit;

namespace Flannel.UnitTests.Linux;

/// <summary>Every number and layout taken from a header is compared with the header by the C compiler.</summary>
public sealed class KernelHeaderTests
{
    private const string Includes = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <sched.h>
        #include <stddef.h>
        #include <poll.h>
        #include <signal.h>
        #include <spawn.h>
        #include <sys/socket.h>
        #include <sys/file.h>
        #include <sys/inotify.h>
        #include <sys/mman.h>
        #include <net/if.h>
        #include <net/if_arp.h>
        #include <linux/ethtool.h>
        #include <linux/if.h>
        #include <linux/if_bridge.h>
        #include <linux/neighbour.h>
        #include <linux/netfilter/nf_tables.h>
        #include <linux/netfilter.h>
        #include <linux/netfilter/nfnetlink.h>
        #include <linux/netfilter/nfnetlink_conntrack.h>
        #include <linux/netlink.h>
        #include <linux/rtnetlink.h>
        #include <linux/sockios.h>
        #include <linux/veth.h>

        """;

    private static readonly Type[] Constants =
    [
        typeof(Libc), typeof(LinuxNetlink), typeof(LinuxRtnetlink), typeof(LinuxIfLink), typeof(LinuxIfBridge), typeof(LinuxIfAddr), typeof(LinuxNeighbour), typeof(LinuxNfTables),
        typeof(LinuxConntrack), typeof(Errnos),
    ];

    private static readonly Type[] Enums =
        [typeof(OperationalState), typeof(NeighbourState), typeof(AddressFlags), typeof(RouteType), typeof(NftFamily)];

    private static readonly Type[] Layouts =
    [
        typeof(nlmsghdr), typeof(nlmsgerr), typeof(nlattr), typeof(sockaddr_nl), typeof(rtmsg), typeof(rtnexthop), typeof(ifinfomsg), typeof(ifaddrmsg),
        typeof(ndmsg), typeof(nfgenmsg), typeof(bridge_vlan_info), typeof(pollfd), typeof(ethtool_value), typeof(ifreq),
    ];

    [Fact]
    public async Task Constants_and_layouts_are_those_of_the_kernel_headers()
    {
        Assert.SkipWhen(Tool.Find("gcc") is null || !File.Exists("/usr/include/linux/rtnetlink.h"), "needs gcc and linux-libc-dev");
        var program = Includes + string.Join('\n', Assertions());

        var result = await Tool.RunAsync("gcc", ["-x", "c", "-fsyntax-only", "-"], program, TestContext.Current.CancellationToken);

        Assert.True(result.ExitCode == 0, result.Error);
    }

    [Fact]
    public async Task A_wrong_constant_would_be_found()
    {
        Assert.SkipWhen(Tool.Find("gcc") is null, "needs gcc");

        var result = await Tool.RunAsync("gcc", ["-x", "c", "-fsyntax-only", "-"], Includes + Equal("RTM_NEWROUTE", 25), TestContext.Current.CancellationToken);

        Assert.Contains("RTM_NEWROUTE", result.Error, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Assertions()
    {
        var constants = Constants.SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(field => field.IsLiteral && !field.Name.Any(char.IsAsciiLetterLower))
            .Select(field => Equal(field.Name, Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)))
            .ToList();
        Assert.True(constants.Count > 100);
        return constants
            .Concat(Enums.SelectMany(type => Enum.GetNames(type).Where(name => name.Contains('_', StringComparison.Ordinal))
                .Select(name => Equal(name, Convert.ToInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture)))))
            .Concat(Enum.GetValues<AddressScope>().Select(scope => Equal($"RT_SCOPE_{scope.ToString().ToUpperInvariant()}", (long)scope)))
            .Concat(Layouts.SelectMany(LayoutOf));
    }

    private static IEnumerable<string> LayoutOf(Type type) =>
        type.GetFields(BindingFlags.Instance | BindingFlags.Public)
            .Select(field => Equal($"offsetof(struct {type.Name}, {field.Name})", Marshal.OffsetOf(type, field.Name)))
            .Prepend(Equal($"sizeof(struct {type.Name})", Marshal.SizeOf(type)));

    private static string Equal(string name, long value) => $"_Static_assert({name} == {value}LL, \"{name}\");";
}
