using Flannel.Linux;
using Flannel.Testing;
using Xunit;

namespace Flannel.KernelTests.Cni.HostLocal;

/// <summary>A book as an ADD leaves it that is killed, at each step of the way.</summary>
public sealed class KilledAddTests : IDisposable
{
    private const string Members = """ "cniVersion":"1.1.0","ipam":{"type":"host-local","dataDir":"DIR","subnet":"10.1.2.0/29"} """;

    private readonly Netns _container = Netns.Create();
    private readonly AddressProgram _program = AddressProgram.Ours(Scratch.NewFolder("killed"));

    public void Dispose() => _container.Dispose();

    /// <summary>The files that are there by then, <c>name:content</c>.</summary>
    public static TheoryData<string> Steps =>
    [
        "lock:",
        "lock: .reservation:",
        "lock: .reservation:c\r\neth0",
        "lock: 10.1.2.2:c\r\neth0",
        "lock: 10.1.2.2:c\r\neth0 last_reserved_ip.0:",
        "lock: 10.1.2.2:c\r\neth0 last_reserved_ip.0:10.1.2.2",
        "lock: 10.1.2.2:", // the standard plugin's
    ];

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_second_try_succeeds_and_DEL_leaves_nothing(string files)
    {
        Prepare(files);

        Assert.Equal("10.1.2.2/29", await AddAsync());
        Assert.Equal(["10.1.2.2"], Held());
        Assert.Equal(0, (await _program.CallAsync("DEL", "c", Members)).ExitCode);
        Assert.Empty(Held());
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task DEL_and_GC_leave_nothing_but_what_the_next_ADD_takes(string files)
    {
        Prepare(files);

        Assert.Equal(0, (await _program.CallAsync("DEL", "c", Members)).ExitCode);
        Assert.Equal(0, (await _program.CallAsync("GC", "", $"{Members},\"cni.dev/valid-attachments\":[]")).ExitCode);
        Assert.Empty(Held());
    }

    [Fact]
    public async Task What_the_container_uses_is_not_given_to_it_again()
    {
        Prepare("lock: 10.1.2.2:c\r\neth0");
        await Tool.RunAsync("nsenter", [$"--net={_container.Path}", "ip", "address", "add", "10.1.2.2/29", "dev", "lo"], cancellationToken: TestContext.Current.CancellationToken);

        var (code, answer) = await _program.CallAsync("ADD", "c", Members, netns: _container.Path);
        Assert.Equal(1, code);
        Assert.EndsWith("10.1.2.2 has been allocated to c, duplicate allocation is not allowed", answer.GetProperty("msg").GetString(), StringComparison.Ordinal);
    }

    /// <summary>Where the turn is may stay.</summary>
    private IEnumerable<string> Held() => _program.Book.Keys.Except(["last_reserved_ip.0"]);

    private async Task<string?> AddAsync()
    {
        var (code, answer) = await _program.CallAsync("ADD", "c", Members, netns: _container.Path);
        Assert.True(code == 0, $"{answer}");
        return answer.GetProperty("ips")[0].GetProperty("address").GetString();
    }

    private void Prepare(string files)
    {
        var book = Directory.CreateDirectory(Path.Combine(_program.DataDirectory, "net")).FullName;
        foreach (var file in files.Split(' ').Select(file => file.Split(':')))
        {
            File.WriteAllText(Path.Combine(book, file[0]), file[1]);
        }
    }
}
