using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Flannel.Config;
using Flannel.Linux;
using Xunit;

namespace Flannel.UnitTests.Config;

/// <summary>docs/configuration.md and the parsers know the same keys: a known key refuses an array that is not for it by name, an unknown one ignores it.</summary>
public sealed partial class DocumentedKeysTests
{
    [Fact]
    public void Every_documented_key_of_the_network_is_read() =>
        Assert.All(KeysOf("## Network configuration", 13), key =>
            Assert.Contains(key, Assert.Throws<ConfigException>(() => NetworkConfig.Parse($$"""{"{{key}}":[7]}""")).Message, StringComparison.Ordinal));

    [Fact]
    public void Every_documented_option_of_vxlan_is_read() =>
        Assert.All(KeysOf("### `vxlan`", 7), key =>
            Assert.Contains($": {key} ", Assert.Throws<ConfigException>(() => VxlanOptions.Parse($$"""{"{{key}}":[]}""")).Message, StringComparison.Ordinal));

    [Fact]
    public void Every_documented_line_of_the_subnet_file_is_written()
    {
        var network = Cidr.Parse("10.0.0.0/16");
        var written = new SubnetEnvironment { Network = network, Subnet = network, IPv6Network = network, IPv6Subnet = network, Mtu = 1 }.ToText();

        Assert.Equal(written.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=')[0]), KeysOf("## The subnet file", 6));
    }

    private static List<string> KeysOf(string heading, int count)
    {
        var text = File.ReadAllText(Document());
        var start = text.IndexOf(heading, StringComparison.Ordinal);
        var next = text.IndexOf("\n#", start + 1, StringComparison.Ordinal);
        var keys = KeyCell().Matches(next < 0 ? text[start..] : text[start..next]).Select(match => match.Groups["key"].Value).ToList();
        Assert.Equal(count, keys.Count);
        return keys;
    }

    private static string Document([CallerFilePath] string thisFile = "") => Path.GetFullPath(Path.Combine(thisFile, "../../../../docs/configuration.md"));

    [GeneratedRegex(@"^\| `(?<key>\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex KeyCell();
}
