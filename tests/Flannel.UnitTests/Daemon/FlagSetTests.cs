using Flannel.Daemon.Options;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flannel.UnitTests.Daemon;

public sealed class FlagSetTests
{
    private readonly FlagSet _flags = new();
    private readonly ValueFlag<string> _name;
    private readonly ValueFlag<bool> _on;
    private readonly ValueFlag<long> _count;
    private readonly ValueFlag<IReadOnlyList<string>> _each;

    public FlagSetTests()
    {
        _name = _flags.String("name", "unset", "a text");
        _on = _flags.Boolean("on", false, "a switch");
        _count = _flags.Integer("count", 7, "a number");
        _each = _flags.Strings("each", "an element");
    }

    [Theory]
    [InlineData("-name a -on -count 3", "a", true, 3)]
    [InlineData("--name a --on --count 3", "a", true, 3)]
    [InlineData("-name=a --on=true -count=3", "a", true, 3)]
    [InlineData("-name=a=b", "a=b", false, 7)]
    [InlineData("-name=", "", false, 7)]
    [InlineData("-name -on", "-on", false, 7)]
    [InlineData("-name --", "--", false, 7)]
    [InlineData("-count -3", "unset", false, -3)]
    [InlineData("-name a -name b", "b", false, 7)]
    [InlineData("-on -on=false", "unset", false, 7)]
    // A boolean does not take the next word; that word ends the flags.
    [InlineData("-on false -count 3", "unset", true, 7)]
    [InlineData("word -name a", "unset", false, 7)]
    [InlineData("-on -- -name a", "unset", true, 7)]
    [InlineData("-on - -name a", "unset", true, 7)]
    [InlineData("", "unset", false, 7)]
    public void A_command_line_is_read_as_Go_reads_it(string line, string name, bool on, long count)
    {
        Assert.IsType<ParseOutcome.Parsed>(_flags.Parse(Words(line)));
        Assert.Equal((name, on, count), (_name.Value, _on.Value, _count.Value));
    }

    [Theory]
    [InlineData("-nome a", "flag provided but not defined: -nome")]
    [InlineData("--nome=a", "flag provided but not defined: -nome")]
    [InlineData("-Name a", "flag provided but not defined: -Name")]
    [InlineData("-name", "flag needs an argument: -name")]
    [InlineData("-on -count", "flag needs an argument: -count")]
    [InlineData("-count x", "invalid value \"x\" for flag -count: parse error")]
    [InlineData("-count=", "invalid value \"\" for flag -count: parse error")]
    [InlineData("-count=9223372036854775808", "invalid value \"9223372036854775808\" for flag -count: value out of range")]
    [InlineData("-on=yes", "invalid boolean value \"yes\" for -on: parse error")]
    [InlineData("-on=", "invalid boolean value \"\" for -on: parse error")]
    [InlineData("---name a", "bad flag syntax: ---name")]
    [InlineData("-=a", "bad flag syntax: -=a")]
    [InlineData("--=a", "bad flag syntax: --=a")]
    [InlineData("-- -x", null)]
    public void A_refusal_has_the_words_of_Go(string line, string? message) =>
        Assert.Equal(message, (_flags.Parse(Words(line)) as ParseOutcome.Refused)?.Message);

    [Theory]
    [InlineData("-h")]
    [InlineData("--h")]
    [InlineData("-help")]
    [InlineData("--help")]
    [InlineData("-on --help=x")]
    public void Help_is_asked_for_without_being_a_flag(string line) => Assert.IsType<ParseOutcome.HelpAsked>(_flags.Parse(Words(line)));

    [Fact]
    public void A_repeatable_flag_keeps_every_element_in_order()
    {
        _flags.Parse(["-each", "a,b", "--each=c"]);

        Assert.Equal(["a,b", "c"], _each.Value);
    }

    [Fact]
    public void A_refused_value_leaves_the_flag_as_it_was()
    {
        _flags.Parse(["-count=3", "-count=x"]);

        Assert.Equal(3, _count.Value);
    }

    [Fact]
    public void Usage_names_each_flag_its_type_and_a_default_that_is_not_zero()
    {
        var usage = new StringWriter();
        _flags.WriteUsage(usage, "./flanneld");

        Assert.Equal(
            """
            Usage: ./flanneld [OPTION]...
              -count int
                	a number (default 7)
              -each value
                	an element
              -name string
                	a text (default "unset")
              -on
                	a switch

            """,
            usage.ToString());
    }

    [Fact]
    public void No_command_line_crashes_the_daemons_flags()
    {
        var words = Gen.OneOf(
            Gen.Elements("-", "--", "---v", "-v", "-v=", "--v=1", "-iface", "--ip-masq", "-ip-masq=maybe", "-vmodule", "a=1,b", "-log_backtrace_at", "x:1", "h", "-h", "=", "-=", ""),
            ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => text.Get),
            ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => "-" + text.Get));

        Prop.ForAll(words.ArrayOf().ToArbitrary(), line =>
        {
            var flags = new DaemonFlags();
            var outcome = flags.Table.Parse(line);
            flags.Read();
            return outcome is ParseOutcome.Parsed or ParseOutcome.HelpAsked or ParseOutcome.Refused { Message.Length: > 0 };
        }).QuickCheckThrowOnFailure();
    }

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
