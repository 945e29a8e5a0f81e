using System.Globalization;
using System.Runtime.InteropServices;
using Flannel.Linux;
using Flannel.Testing;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Flannel.UnitTests.Linux;

public sealed class FileLockTests
{
    private readonly string _path = Path.Combine(Scratch.NewFolder("lock"), "lock");

    [Fact]
    public async Task A_single_holder_keeps_others_waiting()
    {
        var held = await AcquireAsync();
        var waiting = AcquireAsync();
        Assert.False(waiting.IsCompleted);

        held.Dispose();
        (await waiting).Dispose();
    }

    [Fact]
    public async Task A_released_lock_is_free_though_a_program_being_started_has_its_descriptor()
    {
        var held = await AcquireAsync();
        using var child = new SafeFileHandle(dup(DescriptorOf(_path)), ownsHandle: true);
        Assert.False(child.IsInvalid);

        held.Dispose();
        var again = AcquireAsync();
        Assert.True(again.IsCompletedSuccessfully);
        (await again).Dispose();
    }

    private Task<FileLock> AcquireAsync() => FileLock.AcquireAsync(_path, isShared: false, TestContext.Current.CancellationToken);

    private static int DescriptorOf(string path)
    {
        var link = Assert.Single(Directory.EnumerateFiles("/proc/self/fd"), link => new FileInfo(link).LinkTarget == path);
        return int.Parse(Path.GetFileName(link), CultureInfo.InvariantCulture);
    }

    // int dup(int oldfd);
    [DllImport("libc", SetLastError = true)]
    private static extern int dup(int oldfd);
}
