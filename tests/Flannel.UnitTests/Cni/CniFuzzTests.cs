using System.Text;
using Flannel.Cni;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flannel.UnitTests.Cni;

/// <summary>Any bytes on standard input make a configuration or a <see cref="CniException"/>, and so does whatever is then made of it.</summary>
public sealed class CniFuzzTests
{
    private static readonly string[] Values =
    [
        "1", "-0", "1e999", "true", "null", "\"\"", "\"bridge\"", "\"\\ud800\"", "\"\\u0000\"", "[]", "{}", "[null]", "[{}]", """{"type":"host-local"}""", """{"type":1}""",
        """{"routes":[{"dst":"10.0.0.0/8","gw":"x"}]}""", """{"routes":null}""", """[{"dst":"fc00::/7","table":0}]""", """{"ips":[{"address":"10.1.17.2/24"}]}""", "\"1.1.0\"", "\"9\"",
    ];

    private static readonly string[] Keys =
        ["name", "type", "cniVersion", "subnetFile", "dataDir", "delegate", "ipam", "runtimeConfig", "prevResult", "dns", "subnetFileTimeout", "cni.dev/valid-attachments", "\\ud800", ""];

    private static readonly SubnetEnv Subnet =
        SubnetEnv.Parse("FLANNEL_NETWORK=10.1.0.0/16\nFLANNEL_SUBNET=10.1.17.1/24\nFLANNEL_MTU=1472\nFLANNEL_IPMASQ=true\n", "f");

    [Fact]
    public void Any_value_under_any_key_is_a_configuration_or_refused()
    {
        var member = from key in Gen.Elements(Keys)
                     from value in Gen.Elements(Values)
                     select $"\"{key}\":{value}";
        Survives(from members in member.ArrayOf(4) select Encoding.UTF8.GetBytes($"{{{string.Join(',', members)}}}"));
    }

    [Fact]
    public void Any_bytes_in_between_are_a_configuration_or_refused() => Survives(
        from key in Gen.Elements(Keys)
        from value in Gen.Elements(Values)
        from bytes in Gen.Choose(0, 255).Select(number => (byte)number).ArrayOf(4)
        from place in Gen.Choose(0, 40)
        let text = Encoding.UTF8.GetBytes($$"""{"{{key}}":{{value}},"delegate":{"x":"\u00e9"},"name":"n1"}""")
        let at = Math.Min(place, text.Length)
        select (byte[])[.. text[..at], .. bytes, .. text[at..]]);

    private static void Survives(Gen<byte[]> texts) => Prop.ForAll(texts.ToArbitrary(), text =>
    {
        try
        {
            Use(PluginConfig.Parse(text));
        }
        catch (CniException)
        {
            // The one way to refuse; anything else fails the property.
        }
    }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(2_000));

    private static void Use(PluginConfig config)
    {
        _ = DelegateConfig.Create(config, FlannelConfig.Read(config), Subnet);
        _ = config.ValidAttachments;
        _ = config.PreviousResult;
    }
}
