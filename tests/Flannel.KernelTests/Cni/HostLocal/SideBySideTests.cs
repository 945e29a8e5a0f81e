using System.Text.Json;
using System.Text.Json.Nodes;
using Flannel.Testing;
using Xunit;

namespace Flannel.KernelTests.Cni.HostLocal;

/// <summary>Our host-local and Debian's, the same calls side by side and in turn on one book.</summary>
public sealed class SideBySideTests
{
    private const string Plain = """ "cniVersion":"1.0.0","ipam":{"type":"host-local","dataDir":"DIR","subnet":"10.1.2.0/29"} """;

    private readonly AddressProgram _ours = AddressProgram.Ours(Scratch.NewFolder("ours"));
    private readonly AddressProgram _debians = AddressProgram.OfDebian(Scratch.NewFolder("debian"));

    /// <summary>What a configuration's members are, and calls such as <c>ADD a IP=10.1.2.4</c>.</summary>
    public static TheoryData<string, string> Cases => new()
    {
        { Plain, "ADD a, ADD b, DEL a, ADD c, CHECK b, CHECK a, DEL a, DEL nobody, ADD d, ADD e, ADD f, DEL b, ADD g" },
        { Plain, "ADD a, ADD a, DEL a, ADD a, DEL a" },
        { Plain, "ADD a IP=10.1.2.5, ADD b, ADD c IP=10.1.2.5, ADD d IP=10.1.2.1, ADD e IP=10.9.9.9, ADD f IP=10.1.2.3/24, ADD g" },
        { Plain, "ADD a IgnoreUnknown=true;X=y;IP=10.1.2.4, ADD b X=y, ADD c IP=x, ADD d =, ADD e a, ADD f IgnoreUnknown=2, ADD g X=1;Y=2" },
        { Members("0.2.0", """ "ranges":[[{"subnet":"10.1.2.0/24"}],[{"subnet":"fd00:1::/64"}]],"routes":[{"dst":"0.0.0.0/0"},{"dst":"::/0","gw":"fd00:1::9"}] """), "ADD a, ADD b, DEL a, ADD c" },
        { Members("0.1.0", """ "subnet":"10.1.2.0/24","gateway":"10.1.2.254","rangeStart":"10.1.2.10","rangeEnd":"10.1.2.12" """), "ADD a, ADD b, ADD c, ADD d, DEL b, ADD e" },
        { Members("0.3.1", """ "ranges":[[{"subnet":"10.1.2.0/30"},{"subnet":"10.1.3.0/30","gateway":"10.1.3.2"}],[{"subnet":"10.7.0.0/16"}]],"routes":[{"dst":"10.0.0.5/8"}] """), "ADD a, ADD b, ADD c, DEL a, ADD d" },
        { Members("0.4.0", """ "subnet":"10.1.2.0/24","ranges":[[{"subnet":"fd00:1::/64","rangeStart":"fd00:1::ff","rangeEnd":"fd00:1::101"}]] """), "ADD a, ADD b, ADD c, ADD d, CHECK a, CHECK d" },
        { Members("1.0.0", """ "subnet":"10.1.2.0/24","resolvConf":"/etc/resolv.conf" """), "ADD a" },
        { Members("1.0.0", """ "subnet":"10.1.2.0/24","rangeStart":"10.1.2.0","rangeEnd":"10.1.2.255" """), "ADD a, ADD b IP=10.1.2.255, ADD c" },
        { Members("1.0.0", """ "type":"host-local","ranges":[[{"subnet":"10.1.2.0/24"}]]},"args":{"cni":{"ips":["10.1.2.77"]}},"runtimeConfig":{"ips":["10.9.0.5/24"],"ipRanges":[[{"subnet":"10.9.0.0/24"}]] """), "ADD a, ADD b, DEL a" },
        { Members("1.0.0", """ "subnet":"10.1.2.1/24" """), "ADD a" },
        { Members("1.0.0", """ "subnet":"10.1.2.0/31" """), "ADD a" },
        { Members("1.0.0", """ "subnet":"x" """), "ADD a" },
        { Members("1.0.0", """ "subnet":"10.1.2.0/24","gateway":"x" """), "ADD a" },
        { Members("1.0.0", """ "subnet":"10.1.2.0/24","rangeStart":"10.1.3.1" """), "ADD a" },
        { Members("1.0.0", """ "subnet":"10.1.2.0/24","rangeStart":"10.1.2.9","rangeEnd":"10.1.2.8" """), "ADD a" },
        { Members("1.0.0", """ "subnet":"10.1.2.0/24","rangeEnd":"fd00::1" """), "ADD a" },
        { Members("1.0.0", """ "subnet":"::ffff:10.0.0.0/104" """), "ADD a" },
        { Members("1.0.0", """ "ranges":[[{"subnet":"10.1.2.0/24"},{"subnet":"fd00::/64"}]] """), "ADD a" },
        { Members("1.0.0", """ "ranges":[[{"subnet":"10.1.2.0/24"},{"subnet":"10.1.0.0/16"}]] """), "ADD a" },
        { Members("1.0.0", """ "ranges":[[{"subnet":"10.1.2.0/24"}],[{"subnet":"10.1.0.0/16"}]] """), "ADD a" },
        { Members("1.0.0", """ "ranges":[[]] """), "ADD a" },
        { Members("1.0.0", """ "ranges":[] """), "ADD a" },
        { Members("0.2.0", """ "ranges":[[{"subnet":"10.1.2.0/24"}],[{"subnet":"10.1.3.0/24"}]] """), "ADD a" },
        { """ "cniVersion":"1.0.0" """, "ADD a, DEL a" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Results_messages_and_books_are_equal(string members, string calls)
    {
        foreach (var words in calls.Split(", ").Select(call => call.Split(' ', 3)))
        {
            var expected = await _debians.CallAsync(words[0], words[1], members, words.ElementAtOrDefault(2) ?? "");
            var actual = await _ours.CallAsync(words[0], words[1], members, words.ElementAtOrDefault(2) ?? "");

            Assert.Equal(expected.ExitCode, actual.ExitCode);
            if (expected.ExitCode == 0)
            {
                Assert.True(JsonNode.DeepEquals(Normal(expected.Answer), Normal(actual.Answer)), $"{string.Join(' ', words)}: not {expected.Answer} but {actual.Answer}");
            }
            else
            {
                Assert.Equal(expected.Answer.GetProperty("msg").GetString(), actual.Answer.GetProperty("msg").GetString());
            }

            Assert.Equal(_debians.Book, _ours.Book);
        }
    }

    [Fact]
    public async Task Each_goes_on_where_the_other_was()
    {
        var debians = AddressProgram.OfDebian(_ours.DataDirectory);
        AddressProgram[] inTurn = [_ours, debians];
        for (var number = 0; number < 10; number++)
        {
            var (one, other) = (inTurn[number % 2], inTurn[(number + 1) % 2]);
            Assert.Equal(0, (await one.CallAsync("ADD", $"c{number}", Plain)).ExitCode);
            Assert.Equal(1, (await other.CallAsync("ADD", $"c{number}", Plain)).ExitCode);
            Assert.Equal(0, (await other.CallAsync("CHECK", $"c{number}", Plain)).ExitCode);
            Assert.Equal(0, (await other.CallAsync("DEL", $"c{number}", Plain)).ExitCode);
            Assert.Equal(["last_reserved_ip.0"], _ours.Book.Keys);
            Assert.Equal(1, (await one.CallAsync("CHECK", $"c{number}", Plain)).ExitCode);
        }
    }

    [Fact]
    public async Task Fifty_at_once_by_both_get_fifty_addresses()
    {
        const string members = """ "cniVersion":"1.0.0","ipam":{"type":"host-local","dataDir":"DIR","subnet":"10.1.2.0/26"} """;
        var debians = AddressProgram.OfDebian(_ours.DataDirectory);
        using var start = new ManualResetEventSlim();
        var ours = Enumerable.Range(0, 25).Select(number => OnThread(start, () => _ours.CallAsync("ADD", $"o{number}", members))).ToList();
        start.Set();
        var theirs = await Task.WhenAll(Enumerable.Range(0, 25).Select(number => debians.CallAsync("ADD", $"d{number}", members)));

        var answers = theirs.Concat(await Task.WhenAll(ours)).ToList();
        Assert.All(answers, answer => Assert.Equal(0, answer.ExitCode));
        Assert.Equal(50, answers.Select(answer => answer.Answer.GetProperty("ips")[0].GetProperty("address").GetString()).Distinct().Count());
        Assert.Equal(51, _ours.Book.Count);
    }

    // Debian's program is older than the rule that an empty dns is left out.
    private static JsonObject Normal(JsonElement result)
    {
        var members = JsonObject.Create(result)!;
        if (members["dns"] is JsonObject { Count: 0 })
        {
            members.Remove("dns");
        }

        return members;
    }

    private static string Members(string version, string ipam) => $$""" "cniVersion":"{{version}}","ipam":{"dataDir":"DIR",{{ipam}}} """;

    private static Task<T> OnThread<T>(ManualResetEventSlim start, Func<Task<T>> call) => Task.Factory.StartNew(
        () =>
        {
            start.Wait();
            return call();
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
}
