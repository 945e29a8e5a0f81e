using System.Security.Cryptography;
using Flannel.Cni.Netfilter;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flannel.UnitTests.Cni.Netfilter;

public sealed class HashedNameTests
{
    [Fact]
    public void Any_bytes_have_the_hash_the_BCL_gives_them() =>
        Prop.ForAll<byte[]>(data => Sha512.Hash(data).AsSpan().SequenceEqual(SHA512.HashData(data))).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(110)]
    [InlineData(111)]
    [InlineData(112)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(240)]
    [InlineData(1000)]
    public void Lengths_beside_a_block_s_end_are_padded_right(int length)
    {
        var data = Enumerable.Repeat((byte)'a', length).ToArray();

        Assert.Equal(SHA512.HashData(data), Sha512.Hash(data));
    }

    [Fact]
    public void Chains_have_the_names_the_standard_plugins_gave_them()
    {
        Assert.Equal("CNI-DN-3e9a3d0f9583cdc0e7133", HashedName.Chain("DN-", "cbr0", "abc123"));
        Assert.Equal("CNI-3e9a3d0f9583cdc0e7133af3", HashedName.Chain("", "cbr0", "abc123"));
    }

    [Fact]
    public void The_comment_of_an_attachment_begins_with_that_of_its_network()
    {
        Assert.Equal("cb6e746fae1a4d6c-ebce0e3dd4dafae3", HashedName.Attachment("cbr0", "eth0", "abc123"));
        Assert.StartsWith(HashedName.Network("cbr0") + "-", HashedName.Attachment("cbr0", "eth0", "abc123"), StringComparison.Ordinal);
        Assert.NotEqual(HashedName.Attachment("cbr0", "eth0", "abc123"), HashedName.Attachment("cbr0", "eth1", "abc123"));
    }
}
