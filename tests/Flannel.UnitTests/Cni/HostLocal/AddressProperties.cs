using System.Text.Json;
using Flannel.Cni.HostLocal;
using Flannel.Linux;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flannel.UnitTests.Cni.HostLocal;

public sealed class AddressProperties
{
    [Fact]
    public void Every_address_but_the_gateways_comes_once_in_turn_behind_the_last()
    {
        var ranges = from length in Gen.Choose(26, 30)
                     from gateway in Gen.Choose(0, 70)
                     from last in Gen.Choose(0, 200)
                     select (Length: length, Gateway: gateway, Last: last);
        Prop.ForAll(ranges.ToArbitrary(), sample => ComesInTurn(sample.Length, sample.Gateway, sample.Last)).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_last_address_of_all_ends_the_turn()
    {
        var set = Read("""[{"subnet":"ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffc/126"},{"subnet":"fd00::/126"}]""");
        Assert.Equal(
            ["fd00::2", "fd00::3", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
            set.InTurn(Cidr.Parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128")).Select(address => $"{address.Host.Address}"));
    }

    [Fact]
    public void No_address_is_given_out_twice()
    {
        var steps = Gen.ListOf(from container in Gen.Choose(1, 9) from adds in Gen.Elements(true, true, false) select (Container: $"c{container}", Adds: adds));
        Prop.ForAll(steps.ToArbitrary(), GivesNothingTwice).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Whatever_is_in_a_book_nothing_breaks()
    {
        var names = Gen.Elements("10.1.2.2", "10.1.2.3", "010.1.2.3", "last_reserved_ip.0", ".reservation", "fd00::1", "FD00::1", "::ffff:10.1.2.4", "lock", "x y");
        var contents = Gen.OneOf(
            Gen.Elements("", "a", "a\r\neth0", "\r\n", "\r\neth0", "a\r\neth0\n", "a\r\neth1", "10.1.2.4", new string('x', 9000), "a\0b"),
            ArbMap.Default.GeneratorFor<string>().Where(text => text is not null));
        Prop.ForAll(Gen.ListOf(Gen.Zip(names, contents)).ToArbitrary(), files => SurvivesBook([.. files])).QuickCheckThrowOnFailure();
    }

    private static bool ComesInTurn(int length, int gateway, int last)
    {
        var subnet = Cidr.Parse($"10.1.2.64/{length}");
        var set = Read($$"""[{"subnet":"{{subnet}}","gateway":"{{subnet.Offset((uint)gateway).Address}}"}]""");
        var all = set.InTurn(Cidr.Parse($"10.1.2.{last}/32")).Select(address => address.Host).ToList();
        var whole = Enumerable.Range(1, (int)subnet.Size - 2).Where(number => number != gateway).Select(number => subnet.Offset((uint)number).AsHost);
        var start = subnet.Contains(Cidr.Parse($"10.1.2.{last}/32")) ? last - 64 : 0;
        start = start >= 1 && start <= (int)subnet.Size - 2 ? start : 0;
        var rotated = whole.OrderBy(host => (int)(host.Bits - subnet.Bits) <= start).ThenBy(host => host.Bits);
        return all.SequenceEqual(rotated);
    }

    private static bool GivesNothingTwice(IList<(string Container, bool Adds)> steps)
    {
        var bed = new AddressBed();
        Dictionary<string, string> held = [];
        foreach (var (container, adds) in steps)
        {
            if (!adds)
            {
                bed.Delete(container);
                held.Remove(container);
            }
            else if (held.ContainsKey(container) || held.Count == 5)
            {
                bed.RefusedAdd(container);
            }
            else if (!held.TryAdd(container, Assert.Single(bed.Add(container))))
            {
                return false;
            }
        }

        return held.Values.Distinct().Count() == held.Count && bed.Files.Count(name => name.StartsWith("10.", StringComparison.Ordinal)) == held.Count;
    }

    private static bool SurvivesBook(IReadOnlyList<(string Name, string Content)> files)
    {
        var bed = new AddressBed();
        foreach (var (name, content) in files)
        {
            bed.Write(name, content);
        }

        Directory.CreateDirectory(Path.Combine(bed.Book, "10.1.2.6"));
        bed.Delete("a");
        Assert.NotEqual("10.1.2.1/29", Assert.Single(bed.Add("new")));
        bed.Check("new");
        bed.CollectGarbage("new");
        bed.ReportStatus();
        bed.Delete("new");
        return !bed.Files.Any(name => name.StartsWith("10.1.2.", StringComparison.Ordinal));
    }

    private static RangeSet Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        return RangeSet.Read(document.RootElement.EnumerateArray());
    }
}
