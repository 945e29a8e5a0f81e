using System.Net;
using Flannel.Leases;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flannel.UnitTests.Leases;

public sealed class LeaseJsonTests
{
    public static TheoryData<LeaseAttributes, string> Samples => new()
    {
        { new LeaseAttributes { PublicIP = IPAddress.Parse("192.0.2.7") }, """{"PublicIP":"192.0.2.7","PublicIPv6":null}""" },
        {
            new LeaseAttributes { PublicIP = IPAddress.Parse("192.0.2.7"), BackendType = "vxlan", BackendData = """{"VNI":1,"VtepMAC":"3e:11:22:33:44:55"}""" },
            """{"PublicIP":"192.0.2.7","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"3e:11:22:33:44:55"}}"""
        },
        {
            new LeaseAttributes { PublicIP = IPAddress.Parse("192.0.2.7"), PublicIPv6 = IPAddress.Parse("2001:db8::7"), BackendType = "host-gw" },
            """{"PublicIP":"192.0.2.7","PublicIPv6":"2001:db8::7","BackendType":"host-gw"}"""
        },
        {
            new LeaseAttributes { PublicIPv6 = IPAddress.Parse("2001:db8::7"), BackendType = "extension", BackendV6Data = "\"a+b\"" },
            """{"PublicIP":"0.0.0.0","PublicIPv6":"2001:db8::7","BackendType":"extension","BackendV6Data":"a+b"}"""
        },
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_value_is_written_as_all_releases_write_it_and_reads_back(LeaseAttributes attributes, string json)
    {
        Assert.Equal(json, LeaseJson.Write(attributes));
        Assert.Equal(attributes, Read(json));
    }

    [Fact]
    public void A_value_is_read_in_any_order_and_letter_case_with_unknown_fields()
    {
        var attributes = Read(""" { "extra": [1, {"PublicIP": "9.9.9.9"}], "backenddata": {"Dummy": "test string"}, "BACKENDTYPE": "vxlan", "publicip": "1.2.3.4" } """);
        Assert.Equal(
            new LeaseAttributes { PublicIP = IPAddress.Parse("1.2.3.4"), BackendType = "vxlan", BackendData = """{"Dummy": "test string"}""" },
            attributes);
    }

    [Theory]
    [InlineData("""{"PublicIP":"1.2.3.4"}""")]
    [InlineData("""{"PublicIP":"1.2.3.4","PublicIPv6":null,"BackendType":null,"BackendData":null}""")]
    [InlineData("""{"PublicIP":"9.9.9.9","PublicIP":"1.2.3.4"}""")]
    [InlineData("""{"PublicIP":"1.2.3.4","PublicIPv6":"::"}""")]
    public void What_is_absent_null_unspecified_or_overruled_is_none(string json) =>
        Assert.Equal(new LeaseAttributes { PublicIP = IPAddress.Parse("1.2.3.4") }, Read(json));

    [Theory]
    [Trait("case", "L7")]
    [InlineData("", "malformed JSON at line 1, byte 1")]
    [InlineData("null", "it is not a JSON object")]
    [InlineData("[]", "it is not a JSON object")]
    [InlineData("{", "malformed JSON at line 1, byte 2")]
    [InlineData("{} {}", "malformed JSON at line 1, byte 4")]
    [InlineData("not a subnet", "malformed JSON at line 1, byte 2")]
    [InlineData("""{"PublicIP":"fd00::1"}""", "PublicIP is not an IPv4 address")]
    [InlineData("""{"PublicIP":"1.2.3"}""", "PublicIP is not an IPv4 address")]
    [InlineData("""{"PublicIP":7}""", "PublicIP is not a string")]
    [InlineData("""{"PublicIPv6":"1.2.3.4"}""", "PublicIPv6 is not an IPv6 address")]
    [InlineData("""{"BackendType":{}}""", "BackendType is not a string")]
    [InlineData("""{"BackendData":}""", "malformed JSON at line 1, byte 16")]
    public void What_is_no_lease_has_a_reason(string json, string expected)
    {
        Assert.False(LeaseJson.TryRead(json, out var attributes, out var reason));
        Assert.Null(attributes);
        Assert.Equal($"the value is not a lease: {expected}", reason);
    }

    [Fact]
    public void A_megabyte_is_no_lease_even_if_it_is_json()
    {
        var json = $$"""{"PublicIP":"1.2.3.4","BackendData":"{{new string('x', 1024 * 1024)}}"}""";
        Assert.False(LeaseJson.TryRead(json, out _, out var reason));
        Assert.Contains("characters", reason, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("case", "L7")]
    public void Damaged_values_are_leases_that_write_and_read_back_or_none()
    {
        string[] seeds =
        [
            """{"PublicIP":"1.2.3.4","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"3e:11:22:33:44:55"}}""",
            """{"PublicIP":"0.0.0.0","PublicIPv6":"fd00::1","BackendV6Data":"x"}""", "{}", new string('[', 1000), "\ud800",
        ];
        var damaged = from seed in Gen.Elements(seeds)
                      from at in Gen.Choose(0, seed.Length)
                      from with in ArbMap.Default.GeneratorFor<NonNull<string>>()
                      from cut in Gen.Choose(0, seed.Length - at)
                      select seed[..at] + with.Get + seed[(at + cut)..];
        Prop.ForAll(damaged.ToArbitrary(), json => !LeaseJson.TryRead(json, out var attributes, out _) || attributes == Read(LeaseJson.Write(attributes)))
            .QuickCheckThrowOnFailure();
    }

    private static LeaseAttributes Read(string json)
    {
        Assert.True(LeaseJson.TryRead(json, out var attributes, out var reason), reason);
        return attributes;
    }
}
