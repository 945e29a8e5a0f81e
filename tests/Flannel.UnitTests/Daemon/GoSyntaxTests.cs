using Flannel.Daemon.Options;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flannel.UnitTests.Daemon;

public sealed class GoSyntaxTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("60", 60)]
    [InlineData("+60", 60)]
    [InlineData("-60", -60)]
    [InlineData("0x1F", 31)]
    [InlineData("-0X1f", -31)]
    [InlineData("0b101", 5)]
    [InlineData("0o17", 15)]
    [InlineData("017", 15)]
    [InlineData("1_000", 1000)]
    [InlineData("0x_ff", 255)]
    [InlineData("0_7", 7)]
    [InlineData("00", 0)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("-9223372036854775808", long.MinValue)]
    public void A_number_is_read(string text, long expected)
    {
        long value = -1;

        Assert.Null(GoSyntax.Integer(text, ref value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("+")]
    [InlineData("--1")]
    [InlineData("x")]
    [InlineData("1x")]
    [InlineData(" 1")]
    [InlineData("1.0")]
    [InlineData("1e3")]
    [InlineData("0x")]
    [InlineData("0b2")]
    [InlineData("08")]
    [InlineData("0o8")]
    [InlineData("ff")]
    [InlineData("_1")]
    [InlineData("1_")]
    [InlineData("1__0")]
    [InlineData("0x1__0")]
    [InlineData("\u0661")]
    public void Text_that_is_no_number_is_refused(string text)
    {
        long value = -1;

        Assert.Equal("parse error", GoSyntax.Integer(text, ref value));
        Assert.Equal(-1, value);
    }

    [Theory]
    [InlineData("9223372036854775808")]
    [InlineData("-9223372036854775809")]
    [InlineData("0xffffffffffffffff")]
    [InlineData("99999999999999999999999999999999999999999999999999999999999")]
    public void A_number_beyond_64_bits_is_out_of_range(string text)
    {
        long value = -1;

        Assert.Equal("value out of range", GoSyntax.Integer(text, ref value));
        Assert.Equal(-1, value);
    }

    [Fact]
    public void Every_number_survives_each_of_its_forms() => Prop.ForAll(ArbMap.Default.ArbFor<long>(), number =>
    {
        var sign = number < 0 ? "-" : "";
        var magnitude = UInt128.CreateChecked(Int128.Abs(number));
        return new[] { $"{number}", $"{sign}0x{magnitude:x}", $"{sign}0B{magnitude:b}" }.All(text =>
        {
            long read = ~number;
            return GoSyntax.Integer(text, ref read) is null && read == number;
        });
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("1 t T true TRUE True", true)]
    [InlineData("0 f F false FALSE False", false)]
    public void Six_words_each_are_true_and_false(string words, bool expected)
    {
        foreach (var word in words.Split(' '))
        {
            var value = !expected;
            Assert.Null(GoSyntax.Boolean(word, ref value));
            Assert.Equal(expected, value);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("yes")]
    [InlineData("tRUE")]
    [InlineData("2")]
    public void Other_words_are_neither(string word)
    {
        var value = true;

        Assert.Equal("parse error", GoSyntax.Boolean(word, ref value));
        Assert.True(value);
    }

    [Theory]
    [InlineData("plain", "\"plain\"")]
    [InlineData("a\"b\\c", "\"a\\\"b\\\\c\"")]
    [InlineData("a\nb\tc\u0001", "\"a\\nb\\tc\\u0001\"")]
    public void Quoting_escapes_what_does_not_print(string text, string quoted) => Assert.Equal(quoted, GoSyntax.Quote(text));
}
