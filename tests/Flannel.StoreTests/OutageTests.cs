using Flannel.Leases;
using Flannel.Stores;
using Flannel.Testing;
using Xunit;

namespace Flannel.StoreTests;

public sealed class OutageTests
{
    private static readonly StoreException Away = new("no route", isTransient: true);
    private static readonly StoreException Refused = new("no permission", isTransient: false);

    private readonly RecordingLogger _log = new();
    private readonly Outage _outage;
    private readonly (object A, object B) _watch = (new(), new());

    public OutageTests() => _outage = new Outage(_log, "etcd");

    [Fact]
    public void It_lasts_until_the_last_that_waits_is_answered()
    {
        _outage.Begin(_watch.A, Away);
        _outage.Begin(_watch.B, Away);
        _outage.Begin(_watch.A, Away);
        _outage.End(_watch.A);
        Assert.Equal((1, 0), (_log.Count("etcd is away, trying on: no route"), _log.Count("etcd is back")));

        _outage.End(_watch.B);
        Assert.Equal((1, 1), (_log.Count("etcd is away"), _log.Count("etcd is back")));
    }

    [Fact]
    public void The_next_outage_is_told_again()
    {
        _outage.Begin(_watch.A, Away);
        _outage.End(_watch.A);
        _outage.Begin(_watch.A, Away);
        Assert.Equal((2, 1), (_log.Count("etcd is away"), _log.Count("etcd is back")));
    }

    [Fact]
    public void A_late_call_begins_it_and_does_not_keep_it()
    {
        _outage.Notice(Away);
        _outage.Begin(_watch.A, Away);
        _outage.End(_watch.A);
        Assert.Equal((1, 1), (_log.Count("etcd is away"), _log.Count("etcd is back")));
    }

    [Fact]
    public void Refusal_after_absence_is_news()
    {
        _outage.Begin(_watch.A, Away);
        _outage.Begin(_watch.A, Refused);
        Assert.Equal(1, _log.Count("etcd refuses to be watched, trying on: no permission"));
    }

    [Fact]
    public void An_answer_without_an_outage_is_not_worth_a_line()
    {
        _outage.End(_watch.A);
        Assert.Equal(0, _log.Count("etcd"));
    }
}
