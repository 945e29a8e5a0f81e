using Flannel.Config;
using Flannel.Linux;
using Xunit;

namespace Flannel.KernelTests;

/// <summary>The subnet file on disks that refuse it: the fault is named with its remedy, the old file stays, and no half of a new one.</summary>
public sealed class SubnetFileTests
{
    private const int Nobody = 65534;

    private static readonly SubnetEnvironment Environment = new() { Network = Cidr.Parse("10.9.0.0/16"), Subnet = Cidr.Parse("10.9.44.0/24"), Mtu = 1450 };

    [Fact]
    public void A_full_disk_keeps_the_old_file() => PrivateDisk.Run(disk =>
    {
        var target = Path.Combine(disk, "subnet.env");
        SubnetFile.Write(target, Environment);
        using (var filler = File.Create(Path.Combine(disk, "filler")))
        {
            var full = Assert.Throws<IOException>(() => { filler.Write(new byte[1 << 20]); filler.Flush(); });
            Assert.Equal(Errnos.ENOSPC, full.HResult);
        }

        Refused(target, $"cannot write {target}: the file system is full; free some space or name another file with --subnet-file");

        Assert.Equal(Environment.ToText(), File.ReadAllText(target));
        Assert.Equal(["filler", "subnet.env"], Directory.GetFileSystemEntries(disk).Select(Path.GetFileName).Order());
    });

    [Fact]
    public void A_directory_of_somebody_else_is_told_as_permission() => PrivateDisk.Run(disk =>
    {
        var target = Path.Combine(disk, "subnet.env");
        SubnetFile.Write(target, Environment);
        File.SetUnixFileMode(disk, (UnixFileMode)Convert.ToInt32("755", 8));
        PrivateDisk.ActAs(Nobody);

        Refused(target, $"cannot write {target}: permission denied; ");

        Assert.Equal(Environment.ToText(), File.ReadAllText(target));
    });

    [Fact]
    public void A_read_only_file_system_is_told_as_such() => PrivateDisk.Run(disk =>
    {
        PrivateDisk.MakeReadOnly(disk);

        Refused(Path.Combine(disk, "subnet.env"), "the file system is read-only; ");
    });

    [Fact]
    public void The_umask_has_no_say_in_the_modes() => PrivateDisk.Run(disk =>
    {
        PrivateDisk.SetUmask(Convert.ToInt32("077", 8));
        var target = Path.Combine(disk, "flannel", "subnet.env");

        SubnetFile.Write(target, Environment);

        Assert.Equal(Convert.ToInt32("644", 8), (int)File.GetUnixFileMode(target));
        Assert.Equal(Convert.ToInt32("755", 8), (int)File.GetUnixFileMode(Path.GetDirectoryName(target)!));
    });

    private static void Refused(string target, string reason) =>
        Assert.Contains(reason, Assert.Throws<HostException>(() => SubnetFile.Write(target, Environment with { Mtu = 9000 })).Message, StringComparison.Ordinal);
}
