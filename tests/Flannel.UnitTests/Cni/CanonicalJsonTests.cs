using System.Globalization;
using System.Text.Json;
using Flannel.Cni;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flannel.UnitTests.Cni;

public sealed class CanonicalJsonTests
{
    [Theory]
    [InlineData("1450", "1450")]
    [InlineData("1450.0", "1450")]
    [InlineData("1.50", "1.5")]
    [InlineData("-0", "-0")]
    [InlineData("0.000001", "0.000001")]
    [InlineData("0.0000015", "0.0000015")]
    [InlineData("0.0000001", "1e-7")]
    [InlineData("1.25e-10", "1.25e-10")]
    [InlineData("1e15", "1000000000000000")]
    [InlineData("1234567890123456.5", "1234567890123456.5")]
    [InlineData("123456789012345678901", "123456789012345680000")]
    [InlineData("-1e20", "-100000000000000000000")]
    [InlineData("1e21", "1e+21")]
    [InlineData("1.5E+300", "1.5e+300")]
    public void Numbers_are_the_shortest_text_of_a_double(string number, string expected) => Assert.Equal(expected, Canonical(number));

    [Theory]
    [InlineData("""{ "b": [ 1, {} , [] ], "a": null, "B": true }""", """{"B":true,"a":null,"b":[1,{},[]]}""")]
    [InlineData("""{"a":1,"a":2}""", """{"a":2}""")]
    [InlineData("\"<a href='x'>&\u00e9\\u2028\\u0001\\t\\/\\\"\\\\\"", "\"\\u003ca href='x'\\u003e\\u0026\u00e9\\u2028\\u0001\\t/\\\"\\\\\"")]
    public void Members_are_sorted_and_what_means_something_to_HTML_is_escaped(string text, string expected) => Assert.Equal(expected, Canonical(text));

    [Fact]
    public void A_number_beyond_all_doubles_is_refused() =>
        Assert.Equal(CniException.DecodingFailure, Assert.Throws<CniException>(() => Canonical("1e999")).Code);

    [Fact]
    public void Every_double_is_read_again_as_itself() => Prop.ForAll<double>(number =>
        !double.IsFinite(number) ||
        double.Parse(Canonical(number.ToString("R", CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture).Equals(number)).QuickCheckThrowOnFailure();

    private static string Canonical(string text)
    {
        using var document = JsonDocument.Parse(text);
        return CanonicalJson.Text(document.RootElement);
    }
}
