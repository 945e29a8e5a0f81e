using Flannel.Daemon.Install;
using Flannel.Testing;
using Xunit;

namespace Flannel.UnitTests.Daemon.Install;

/// <summary>The three programs that put files on a host, as their command lines have it.</summary>
public sealed class InstallTests : IDisposable
{
    private readonly string _folder = Scratch.NewFolder("install");
    private readonly StringWriter _error = new();

    public InstallTests()
    {
        Directory.CreateDirectory(Bin);
        Directory.CreateDirectory(Net);
        File.WriteAllText(Config, "{}");
    }

    private string Bin => Path.Combine(_folder, "bin");

    private string Net => Path.Combine(_folder, "net.d");

    private string Config => Path.Combine(_folder, "cni-conf.json");

    public void Dispose()
    {
        _error.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Install_cni_installs_this_program_as_the_plugin_and_the_configuration()
    {
        Assert.Equal(0, InstallCni());

        Assert.Equal(File.ReadAllBytes(Environment.ProcessPath!), File.ReadAllBytes(Path.Combine(Bin, "flannel")));
        Assert.Equal("{}", File.ReadAllText(Path.Combine(Net, "10-flannel.conflist")));
        Assert.Equal($"installed {Bin}/flannel\ninstalled {Net}/10-flannel.conflist\n", _error.ToString());
    }

    [Fact]
    public void Install_cni_does_nothing_a_second_time()
    {
        InstallCni();
        _error.GetStringBuilder().Clear();

        Assert.Equal(0, InstallCni());

        Assert.Equal($"{Bin}/flannel is up to date\n{Net}/10-flannel.conflist is up to date\n", _error.ToString());
    }

    [Theory]
    [InlineData("--config=", "bin/flannel")]
    [InlineData("--bin-dir=", "net.d/10-flannel.conflist")]
    [InlineData("--config-name=05-flannel.conflist", "bin/flannel", "net.d/05-flannel.conflist")]
    public void Install_cni_leaves_out_or_renames_what_it_is_told_to(string flag, params string[] installed)
    {
        Assert.Equal(0, InstallCni(flag));
        Assert.Equal(installed, new[] { Bin, Net }.SelectMany(Directory.GetFiles).Select(file => Path.GetRelativePath(_folder, file)));
    }

    [Theory]
    [InlineData("10-flannel.conf", true)]
    [InlineData("05-cilium.conflist", true)]
    [InlineData("05-note.txt", false)]
    [InlineData("99-loopback.conf", false)]
    public void Install_cni_keeps_other_configurations_and_says_when_one_comes_first(string other, bool comesFirst)
    {
        File.WriteAllText(Path.Combine(Net, other), "theirs");

        Assert.Equal(0, InstallCni());

        Assert.Equal("theirs", File.ReadAllText(Path.Combine(Net, other)));
        Assert.Equal(comesFirst, _error.ToString().Contains($"{other} in {Net} comes before 10-flannel.conflist", StringComparison.Ordinal));
    }

    [Fact]
    public void Install_cni_names_what_it_cannot_do_and_ends_with_1()
    {
        File.Delete(Config);
        Assert.Equal(1, InstallCni());
        Assert.Contains($"cannot install {Net}/10-flannel.conflist: ", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Install_cni_refuses_an_unknown_flag_with_2()
    {
        Assert.Equal(2, InstallCni("--nonsense"));
        Assert.StartsWith("flag provided but not defined: -nonsense\nUsage: flanneld install-cni [OPTION]...\n", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Install_conf_copies_one_file()
    {
        var target = Path.Combine(Net, "10-flannel.conflist");
        Assert.Equal(0, InstallConfProgram.Run([Config, target], _error));
        Assert.Equal("{}", File.ReadAllText(target));
        Assert.Empty(_error.ToString());
    }

    [Theory]
    [InlineData]
    [InlineData("a")]
    [InlineData("a", "b", "c")]
    public void Install_conf_wants_two_words(params string[] words)
    {
        Assert.Equal(1, InstallConfProgram.Run(words, _error));
        Assert.Equal("Usage: install-conf <src> <dest>\n", _error.ToString());
    }

    [Fact]
    public void Install_conf_names_the_source_of_a_failure_and_ends_with_1()
    {
        Assert.Equal(1, InstallConfProgram.Run(["/nowhere", Path.Combine(Net, "a")], _error));
        Assert.StartsWith("error installing \"/nowhere\": ", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bin/flannel")]
    [InlineData("bin", "bin/cni-conf.json")]
    public void Cp_copies_to_a_name_or_into_a_directory(string target, string? copy = null)
    {
        Assert.Equal(0, CopyProgram.Run(["-f", Config, Path.Combine(_folder, target)], _error));
        Assert.Equal("{}", File.ReadAllText(Path.Combine(_folder, copy ?? target)));
    }

    [Theory]
    [InlineData("-f", "a")]
    [InlineData("-r", "a", "b")]
    public void Cp_refuses_what_it_does_not_know(params string[] words)
    {
        Assert.Equal(1, CopyProgram.Run(words, _error));
        Assert.StartsWith("Usage: cp ", _error.ToString(), StringComparison.Ordinal);
    }

    private int InstallCni(params string[] more) => InstallCniProgram.Run("flanneld", [$"--bin-dir={Bin}", $"--config={Config}", $"--config-dir={Net}", .. more], _error);
}
