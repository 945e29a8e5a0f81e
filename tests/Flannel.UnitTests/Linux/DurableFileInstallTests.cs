using Flannel.Linux;
using Flannel.Testing;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flannel.UnitTests.Linux;

public sealed class DurableFileInstallTests : IDisposable
{
    private const UnixFileMode Program = (UnixFileMode)0b111_101_101;
    private const UnixFileMode Private = (UnixFileMode)0b110_000_000;

    private readonly string _folder = Scratch.NewFolder("install");

    private string Source => Path.Combine(_folder, "source");

    private string Destination => Path.Combine(_folder, "there", "plugin");

    public DurableFileInstallTests() => Directory.CreateDirectory(Path.GetDirectoryName(Destination)!);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_copy_has_content_and_permissions_of_the_source_whatever_was_there() =>
        Prop.ForAll<byte[], byte[], bool>((content, before, isPrivate) =>
        {
            var mode = isPrivate ? Private : Program;
            Write(Source, content, mode);
            Write(Destination, before, Program);

            DurableFile.Install(Source, Destination);

            return File.ReadAllBytes(Destination).AsSpan().SequenceEqual(content) && File.GetUnixFileMode(Destination) == mode;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(200_000)]
    public void An_equal_file_is_left_as_it_is(int length)
    {
        Write(Source, new byte[length], Program);
        Assert.True(DurableFile.Install(Source, Destination));
        File.SetLastWriteTimeUtc(Destination, DateTime.UnixEpoch);

        Assert.False(DurableFile.Install(Source, Destination));

        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(Destination));
    }

    [Fact]
    public void A_difference_in_the_last_byte_or_in_the_permissions_is_seen()
    {
        var content = new byte[200_000];
        Write(Source, content, Program);
        DurableFile.Install(Source, Destination);
        content[^1] = 1;
        Write(Source, content, Program);
        Assert.True(DurableFile.Install(Source, Destination));
        Write(Source, content, Private);
        Assert.True(DurableFile.Install(Source, Destination));
    }

    [Fact]
    public void Other_files_stay_and_the_stale_one_of_an_earlier_attempt_goes()
    {
        Write(Source, [1], Program);
        var folder = Path.GetDirectoryName(Destination)!;
        File.WriteAllText(Path.Combine(folder, "bridge"), "");
        File.WriteAllText(Path.Combine(folder, ".plugin.tmp"), "");

        DurableFile.Install(Source, Destination);

        Assert.Equal(["bridge", "plugin"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Who_has_the_old_file_open_keeps_it()
    {
        Write(Source, [1], Program);
        Write(Destination, [7], Program);
        using var old = File.OpenRead(Destination);

        DurableFile.Install(Source, Destination);

        Assert.Equal(7, old.ReadByte());
        Assert.Equal([1], File.ReadAllBytes(Destination));
    }

    [Fact]
    public void A_link_at_the_destination_is_replaced_and_what_it_led_to_stays()
    {
        Write(Source, [1], Program);
        var target = Path.Combine(_folder, "target");
        Write(target, [7], Program);
        File.CreateSymbolicLink(Destination, target);

        DurableFile.Install(Source, Destination);

        Assert.Null(new FileInfo(Destination).LinkTarget);
        Assert.Equal([7], File.ReadAllBytes(target));
    }

    [Fact]
    public void What_fails_leaves_nothing_behind()
    {
        Write(Source, [1], Program);
        Directory.CreateDirectory(Destination);

        Assert.ThrowsAny<IOException>(() => DurableFile.Install(Source, Destination));

        Assert.Equal(["plugin"], Directory.GetFileSystemEntries(Path.GetDirectoryName(Destination)!).Select(Path.GetFileName));
    }

    [Fact]
    public void A_missing_directory_is_not_made()
    {
        Write(Source, [1], Program);
        Assert.ThrowsAny<IOException>(() => DurableFile.Install(Source, Path.Combine(_folder, "nowhere", "plugin")));
        Assert.False(Directory.Exists(Path.Combine(_folder, "nowhere")));
    }

    private static void Write(string path, byte[] content, UnixFileMode mode)
    {
        File.WriteAllBytes(path, content);
        File.SetUnixFileMode(path, mode);
    }
}
