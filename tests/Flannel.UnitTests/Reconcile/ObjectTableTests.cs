using System.Net;
using Flannel.Linux;
using Flannel.Reconcile;
using Xunit;

namespace Flannel.UnitTests.Reconcile;

public class ObjectTableTests
{
    private readonly ObjectTable _table = new();

    [Fact]
    public void A_new_wish_is_queued_once()
    {
        _table.Want("a", [Route("10.1.2.0/24", "192.0.2.2")]);
        _table.Want("a", [Route("10.1.2.0/24", "192.0.2.2")]);

        var entry = Assert.Single(_table.TakeQueue());
        Assert.Equal("ip route replace 10.1.2.0/24 via 192.0.2.2 dev eth0 proto 102", entry.Wanted!.ToString());
        Assert.Empty(_table.TakeQueue());
    }

    [Fact]
    public void What_is_already_there_is_not_queued()
    {
        var route = Route("10.1.2.0/24", "192.0.2.2");
        _table.Observe(route.Key).Add(route, replaces: false);

        _table.Want("a", [Route("10.1.2.0/24", "192.0.2.2")]);

        Assert.Empty(_table.TakeQueue());
    }

    [Fact]
    public void Of_an_owner_that_changes_its_mind_only_the_difference_is_queued()
    {
        Install(Route("10.1.2.0/24", "192.0.2.2"), Route("10.1.3.0/24", "192.0.2.3"));
        _table.Want("a", [Route("10.1.2.0/24", "192.0.2.2"), Route("10.1.3.0/24", "192.0.2.3")]);
        _table.TakeQueue();

        _table.Want("a", [Route("10.1.2.0/24", "192.0.2.9")]);

        Assert.Equal(["10.1.2.0/24", "10.1.3.0/24"], _table.TakeQueue().Select(e => e.Key.Address.ToString()).Order());
    }

    [Fact]
    public void The_first_claim_on_a_key_wins_until_it_is_given_up()
    {
        _table.Want("first", [Route("10.1.2.0/24", "192.0.2.2")]);
        var waiting = _table.Want("second", [Route("10.1.2.0/24", "192.0.2.66")]);

        Assert.Equal("first", Assert.Single(waiting).Holder);
        Assert.Contains("192.0.2.2 ", Wanted("10.1.2.0/24"));

        _table.Want("first", []);
        Assert.Contains("192.0.2.66 ", Wanted("10.1.2.0/24"));

        _table.Want("second", []);
        Assert.Equal("nothing", Wanted("10.1.2.0/24"));
    }

    [Fact]
    public void A_rival_that_leaves_first_never_gets_the_key()
    {
        _table.Want("first", [Route("10.1.2.0/24", "192.0.2.2")]);
        _table.Want("second", [Route("10.1.2.0/24", "192.0.2.66")]);
        _table.Want("second", []);
        _table.Want("first", []);

        Assert.Equal("nothing", Wanted("10.1.2.0/24"));
    }

    [Fact]
    public void An_entry_that_nobody_wants_and_the_kernel_does_not_have_is_forgotten()
    {
        var route = Route("10.1.2.0/24", "192.0.2.2");
        _table.Want("a", [route]);
        _table.Want("a", []);
        _table.Touch(_table.Observe(route.Key));

        Assert.Empty(_table.Entries);
    }

    [Fact]
    public void A_second_route_to_the_same_destination_is_kept_apart()
    {
        var entry = new Entry(RouteObject.KeyOf(Cidr.Parse("10.1.2.0/24"))) { Wanted = Route("10.1.2.0/24", "192.0.2.2") };
        entry.Add(Route("10.1.2.0/24", "192.0.2.2"), replaces: false);
        entry.Add(Route("10.1.2.0/24", "192.0.2.66"), replaces: false);

        Assert.False(entry.Agrees);
        Assert.Equal(Route("10.1.2.0/24", "192.0.2.66"), Assert.Single(entry.Others!));

        entry.Remove(Route("10.1.2.0/24", "192.0.2.66"));
        Assert.True(entry.Agrees);
    }

    [Fact]
    public void When_the_first_of_two_goes_the_second_takes_its_place()
    {
        var entry = new Entry(RouteObject.KeyOf(Cidr.Parse("10.1.2.0/24")));
        entry.Add(Route("10.1.2.0/24", "192.0.2.2"), replaces: false);
        entry.Add(Route("10.1.2.0/24", "192.0.2.66"), replaces: false);
        entry.Remove(Route("10.1.2.0/24", "192.0.2.2"));

        Assert.Equal(Route("10.1.2.0/24", "192.0.2.66"), entry.Present);
        Assert.Null(entry.Others);
    }

    [Fact]
    public void A_replacement_leaves_one_route()
    {
        var entry = new Entry(RouteObject.KeyOf(Cidr.Parse("10.1.2.0/24")));
        entry.Add(Route("10.1.2.0/24", "192.0.2.2"), replaces: false);
        entry.Add(Route("10.1.2.0/24", "192.0.2.3"), replaces: true);

        Assert.Equal(Route("10.1.2.0/24", "192.0.2.3"), entry.Present);
        Assert.Null(entry.Others);
    }

    private void Install(params RouteObject[] routes)
    {
        foreach (var route in routes)
        {
            _table.Observe(route.Key).Add(route, replaces: false);
        }
    }

    private string Wanted(string destination) => _table.Find(RouteObject.KeyOf(Cidr.Parse(destination)))?.Wanted?.ToString() ?? "nothing";

    private static RouteObject Route(string destination, string gateway) => new(Cidr.Parse(destination), IPAddress.Parse(gateway), "eth0");
}
