using Flannel.Config;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flannel.UnitTests.Config;

/// <summary>Any text gives a configuration or a <see cref="ConfigException"/>, whatever was done to it on the way.</summary>
public sealed class ConfigFuzzTests
{
    private static readonly string[] Configs =
    [
        """{"Network":"10.0.0.0/8"}""",
        """{"Network":"10.0.0.0/8","SubnetLen":20,"Backend":{"Type":"vxlan","VNI":1}}""",
        """{"EnableIPv4":false,"EnableIPv6":true,"IPv6Network":"fc00::/48","Backend":{"Type":"host-gw"}}""",
        """{"Network":"10.0.0.0/8","SubnetMin":"10.10.0.0","SubnetMax":"10.99.0.0"}""",
        "",
        "{}",
        "\ufeff{}",
        "{\"Network\":\"\\ud800\",\"\\udc00\":1}",
        new string('[', 100_000),
    ];

    private static readonly string[] Values =
    [
        "\"10.0.0.1\"", "\"255.255.255.255\"", "\"fc00::1\"", "\"::\"", "10.0.0.1", "\"10.3.0.0/16\"", "\"10.3.0.0/33\"", "\"fc00::/48\"", "\"fc00::/129\"",
        "\"10.3.0.0/-1\"", "\"/\"", "\"\"", "", "null", "24", "-0", "1e9", "4294967296", "[]", "{}",
    ];

    private static readonly string[] Keys =
        ["Network", "SubnetLen", "SubnetMin", "SubnetMax", "IPv6Network", "IPv6SubnetLen", "IPv6SubnetMin", "IPv6SubnetMax", "EnableIPv4", "EnableIPv6", "Backend"];

    private static readonly string[] Backends =
    [
        """{"Type":"vxlan","VNI":1,"Port":8472}""", """{"MTU":1450,"GBP":true,"DirectRouting":true}""", """{"PSK":"x"}""", "", "{}", """{"TxChecksumOffload":"auto"}""",
    ];

    [Fact]
    [Trait("case", "L1")]
    public void Damaged_configurations_never_crash_the_parser() => Survives(Damaged(Configs), json => NetworkConfig.Parse(json));

    [Fact]
    [Trait("case", "L5")]
    public void Any_value_under_any_key_never_crashes_the_parser()
    {
        var config = from key in Gen.Elements(Keys)
                     from value in Damaged(Values)
                     select $$"""{"EnableIPv6":true,"Network":"10.0.0.0/8","IPv6Network":"fc00::/48","{{key}}":{{value}}}""";
        Survives(config, json => NetworkConfig.Parse(json));
    }

    [Fact]
    [Trait("case", "L8")]
    public void Damaged_vxlan_options_never_crash_the_parser() => Survives(Damaged(Backends), json => VxlanOptions.Parse(json));

    [Fact]
    public void A_network_yields_a_range_that_lies_inside_it_on_subnet_boundaries() => Prop.ForAll(
        Networks().ToArbitrary(),
        json =>
        {
            var config = NetworkConfig.Parse(json);
            var range = (config.IPv4 ?? config.IPv6)!;
            return range.Network.Contains(range.Min) && range.Network.Contains(range.Max) &&
                range.Min == range.Min.Network && range.Max == range.Max.Network && range.Min < range.Max &&
                range.Min.PrefixLength == range.SubnetLength && range.Max.Last.Address.Equals(range.Network.Last.Address);
        }).QuickCheckThrowOnFailure();

    private static Gen<string> Networks() =>
        from ipv6 in Gen.Elements(true, false)
        from length in Gen.Choose(1, ipv6 ? 124 : 28)
        from given in Gen.Choose(length + 2, ipv6 ? 126 : 30)
        from useGiven in Gen.Elements(true, false)
        from bytes in Gen.Choose(0, 255).ArrayOf(ipv6 ? 16 : 4)
        let network = $"{new System.Net.IPAddress([.. bytes.Select(number => (byte)number)])}/{length}"
        let prefix = ipv6 ? "IPv6" : ""
        let subnetLength = useGiven ? $""","{prefix}SubnetLen":{given}""" : ""
        where length > 0 && !network.Contains("::ffff:", StringComparison.Ordinal)
        select $$"""{"EnableIPv4":{{(ipv6 ? "false" : "true")}},"EnableIPv6":{{(ipv6 ? "true" : "false")}},"{{prefix}}Network":"{{network}}"{{subnetLength}}}""";

    /// <summary>A seed, whole or with a few of its characters replaced, doubled or cut.</summary>
    private static Gen<string> Damaged(string[] seeds) =>
        from seed in Gen.Elements(seeds)
        from edits in Gen.Choose(0, 4)
        from places in Gen.Choose(0, Math.Max(0, seed.Length - 1)).ArrayOf(edits)
        from characters in Gen.OneOf(Gen.Elements("{}[]\":,/.-0918eE \\\n\0\u00e9\ud800".ToCharArray()), Gen.Choose(0, 0xffff).Select(code => (char)code)).ArrayOf(edits)
        from kinds in Gen.Choose(0, 2).ArrayOf(edits)
        select Enumerable.Range(0, edits).Aggregate(seed, (text, edit) => Damage(text, places[edit], characters[edit], kinds[edit]));

    private static string Damage(string text, int place, char character, int kind)
    {
        var at = Math.Min(place, text.Length);
        return kind switch
        {
            0 => text.Insert(at, character.ToString()),
            1 => text.Remove(at, Math.Min(1, text.Length - at)),
            _ => text[..at],
        };
    }

    private static void Survives(Gen<string> texts, Action<string> parse) => Prop.ForAll(
        texts.ToArbitrary(),
        text =>
        {
            try
            {
                parse(text);
            }
            catch (ConfigException)
            {
                // The one way to refuse; anything else fails the property.
            }
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(2_000));
}
