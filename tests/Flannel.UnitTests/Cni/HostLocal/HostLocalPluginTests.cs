using Flannel.Cni;
using Xunit;

namespace Flannel.UnitTests.Cni.HostLocal;

public sealed class HostLocalPluginTests
{
    private readonly AddressBed _bed = new();

    [Fact]
    public void Addresses_are_given_in_turn_and_a_released_one_last()
    {
        Assert.Equal(["10.1.2.2/29"], _bed.Add("a"));
        Assert.Equal(["10.1.2.3/29"], _bed.Add("b"));
        _bed.Delete("a");
        Assert.Equal(["10.1.2.4/29"], _bed.Add("c"));
        Assert.Equal(["10.1.2.5/29"], _bed.Add("d"));
        Assert.Equal(["10.1.2.6/29"], _bed.Add("e"));
        Assert.Equal(["10.1.2.2/29"], _bed.Add("f"));
    }

    [Fact]
    public void A_reservation_is_the_standard_plugins_file()
    {
        _bed.Add("a");

        Assert.Equal(["10.1.2.2", "last_reserved_ip.0"], _bed.Files);
        Assert.Equal("a\r\neth0", _bed.Read("10.1.2.2"));
        Assert.Equal("10.1.2.2", _bed.Read("last_reserved_ip.0"));
    }

    [Fact]
    public void Each_range_set_gives_one_address()
    {
        _bed.Ipam = """ "ranges":[[{"subnet":"10.1.2.0/24","rangeStart":"10.1.2.9","gateway":"10.1.2.254"}],[{"subnet":"fd00:1::/64"}]] """;
        Assert.Equal(["10.1.2.9/24", "fd00:1::2/64"], _bed.Add("a"));
    }

    [Fact]
    public void A_second_ADD_for_one_that_may_use_its_address_is_refused_and_changes_nothing()
    {
        _bed.Add("a");
        var before = _bed.Files;

        Assert.Equal("failed to allocate for range 0: 10.1.2.2 has been allocated to a, duplicate allocation is not allowed", _bed.RefusedAdd("a").Message);
        Assert.Equal(before, _bed.Files);
    }

    [Fact]
    public void What_one_range_set_gave_is_taken_back_when_the_next_has_nothing()
    {
        _bed.Ipam = """ "ranges":[[{"subnet":"10.1.2.0/24"}],[{"subnet":"fd00:1::/126"}]] """;
        _bed.Add("a");
        _bed.Add("b");

        Assert.StartsWith("failed to allocate for range 1: no IP addresses available in range set: fd00:1::1-fd00:1::3", _bed.RefusedAdd("c").Message, StringComparison.Ordinal);
        Assert.Equal(["10.1.2.2", "10.1.2.3", "fd00:1::2", "fd00:1::3", "last_reserved_ip.0", "last_reserved_ip.1"], _bed.Files);
    }

    [Fact]
    public void Exhaustion_names_how_many_are_held_and_the_remedy()
    {
        foreach (var container in "abcde")
        {
            _bed.Add($"{container}");
        }

        var refusal = _bed.RefusedAdd("f");
        Assert.Equal("failed to allocate for range 0: no IP addresses available in range set: 10.1.2.1-10.1.2.6", refusal.Message);
        Assert.Matches("^5 addresses are held, by (5 containers, live or gone|0 containers that live and 5 that are gone); ", refusal.Details);
        Assert.EndsWith($"'flannelctl ipam gc --data-dir={_bed.DataDirectory}' lists what leaked and frees it with --yes", refusal.Details, StringComparison.Ordinal);
        Assert.Equal(CniException.PluginNotAvailable, Assert.Throws<CniException>(_bed.ReportStatus).Code);
    }

    [Theory]
    [InlineData("IP=10.1.2.5", "10.1.2.5/29")]
    [InlineData("IgnoreUnknown=1;K8S_POD_NAME=x;IP=10.1.2.5/16", "10.1.2.5/29")]
    [InlineData("IP=", "10.1.2.2/29")]
    public void An_address_can_be_asked_for_by_argument(string arguments, string address) => Assert.Equal([address], _bed.Add("a", arguments));

    [Theory]
    [InlineData("""{"args":{"cni":{"ips":["10.1.2.4"]}}}""")]
    [InlineData("""{"runtimeConfig":{"ips":["10.1.2.4/29","10.1.2.4"]}}""")]
    public void An_address_can_be_asked_for_in_the_configuration(string json)
    {
        var call = _bed.Call("a", extra: "," + json[1..^1]);
        Assert.Equal("10.1.2.4/29", Assert.Single(new Flannel.Cni.HostLocal.HostLocalPlugin().Add(call).Ips).Address.ToString());
    }

    [Fact]
    public void Whoever_asks_for_an_address_of_no_range_gets_none_at_all()
    {
        Assert.Equal("failed to allocate all requested IPs: 192.0.2.1", _bed.RefusedAdd("a", "IP=192.0.2.1").Message);
        Assert.Equal(["last_reserved_ip.0"], _bed.Files);
    }

    [Fact]
    public void DEL_frees_all_of_an_attachment_and_finds_nothing_wrong_with_nothing()
    {
        _bed.Delete("a");
        Assert.False(Directory.Exists(_bed.Book));

        _bed.Ipam = """ "ranges":[[{"subnet":"10.1.2.0/24"}],[{"subnet":"fd00:1::/64"}]] """;
        _bed.Add("a");
        _bed.Add("b");
        _bed.Delete("a");
        _bed.Delete("a");
        Assert.Equal(["10.1.2.3", "fd00:1::3", "last_reserved_ip.0", "last_reserved_ip.1"], _bed.Files);
    }

    [Fact]
    public void DEL_needs_no_good_ranges()
    {
        _bed.Add("a");
        _bed.Ipam = """ "subnet":"nonsense" """;
        _bed.Delete("a");
        Assert.Equal(["last_reserved_ip.0"], _bed.Files);
    }

    [Fact]
    public void A_file_of_old_has_the_container_alone()
    {
        _bed.Write("10.1.2.2", "a");
        _bed.Check("a");
        Assert.Equal(["10.1.2.3/29"], _bed.Add("b"));
        _bed.Delete("a");
        Assert.Equal(["10.1.2.3", "last_reserved_ip.0"], _bed.Files);
    }

    [Fact]
    public void CHECK_wants_an_address()
    {
        _bed.Add("a");
        _bed.Check("a");
        Assert.Equal("host-local: Failed to find address added by container b", Assert.Throws<CniException>(() => _bed.Check("b")).Message);
    }

    [Fact]
    public void GC_keeps_the_valid_and_frees_the_rest()
    {
        _bed.Add("a");
        _bed.Add("b");
        _bed.Write("10.1.2.4", "");
        _bed.Write("10.1.2.5", "old");
        _bed.CollectGarbage("a", "old");
        Assert.Equal(["10.1.2.2", "10.1.2.5", "last_reserved_ip.0"], _bed.Files);
    }

    [Fact]
    public void STATUS_is_good_before_the_first_container() => _bed.ReportStatus();

    [Fact]
    public void An_empty_reservation_is_nobodys()
    {
        _bed.Write("10.1.2.2", "");
        _bed.Write(".reservation", "killed\r\neth0");
        Assert.Equal(["10.1.2.2/29"], _bed.Add("a"));
        Assert.Equal(["10.1.2.2", "last_reserved_ip.0"], _bed.Files);
    }

    [Fact]
    public void Resolver_settings_come_out_of_a_file()
    {
        _bed.Write("resolv", "# comment\n; another\nnameserver 192.0.2.53 \nnameserver\nsearch a.example b.example\noptions ndots:5\ndomain x.example\n");
        _bed.Ipam = $""" "subnet":"10.1.2.0/29","resolvConf":"{Path.Combine(_bed.Book, "resolv")}" """;

        var dns = new Flannel.Cni.HostLocal.HostLocalPlugin().Add(_bed.Call("a")).Dns;
        Assert.Equal(["192.0.2.53"], dns.Nameservers);
        Assert.Equal(["a.example", "b.example"], dns.Search);
        Assert.Equal(["ndots:5"], dns.Options);
        Assert.Equal("x.example", dns.Domain);
    }
}
