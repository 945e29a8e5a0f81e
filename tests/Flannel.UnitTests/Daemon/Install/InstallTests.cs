using System.Globalization;
using Flannel.Daemon.Install;
using Flannel.Linux;
using Flannel.Testing;
using Xunit;

namespace Flannel.UnitTests.Daemon.Install;

/// <summary>The three programs that put files on a host, as their command lines have it.</summary>
public sealed class InstallTests : IDisposable
{
    private static readonly string[] Plugins = ["bridge", "host-local", "loopback", "portmap", "flannel"];

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
        Assert.Equal(Said("installed {0}", "installed {0}"), _error.ToString());
    }

    [Fact]
    public void Install_cni_stands_in_for_the_standard_plugins_that_are_not_there_by_other_names_of_one_file()
    {
        Assert.Equal(0, InstallCni());

        Assert.All(Plugins, name => Assert.Equal(File.ReadAllBytes(Environment.ProcessPath!), File.ReadAllBytes(Path.Combine(Bin, name))));
        Assert.Equal($"{Plugins.Length}\n", Tool.Run("stat", ["-c", "%h", Path.Combine(Bin, "portmap")]).Output);
        Assert.Equal(Plugins.Order(), Directory.GetFiles(Bin).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Install_cni_leaves_plugins_of_others_alone()
    {
        File.WriteAllText(Path.Combine(Bin, "bridge"), "theirs");
        File.CreateSymbolicLink(Path.Combine(Bin, "portmap"), "/not/there/yet");

        Assert.Equal(0, InstallCni());

        Assert.Equal("theirs", File.ReadAllText(Path.Combine(Bin, "bridge")));
        Assert.Equal("/not/there/yet", new FileInfo(Path.Combine(Bin, "portmap")).LinkTarget);
        Assert.Contains($"{Bin}/bridge is there already and stays\ninstalled {Bin}/host-local\n", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains($"{Bin}/portmap is there already and stays\ninstalled {Bin}/flannel\n", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Install_cni_replaces_those_of_an_earlier_release_of_ours_also_after_a_crash_half_way()
    {
        Array.ForEach(Plugins, name => File.WriteAllText(Path.Combine(Bin, name), "earlier"));
        File.Copy(Environment.ProcessPath!, Path.Combine(Bin, "bridge"), overwrite: true);

        Assert.Equal(0, InstallCni());

        Assert.All(Plugins, name => Assert.Equal(File.ReadAllBytes(Environment.ProcessPath!), File.ReadAllBytes(Path.Combine(Bin, name))));
        Assert.StartsWith($"{Bin}/bridge is up to date\ninstalled {Bin}/host-local\n", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Install_cni_does_nothing_a_second_time()
    {
        InstallCni();
        _error.GetStringBuilder().Clear();

        Assert.Equal(0, InstallCni());

        Assert.Equal(Said("{0} is up to date", "{0} is up to date"), _error.ToString());
    }

    [Theory]
    [InlineData("--config=", "bin/bridge", "bin/flannel", "bin/host-local", "bin/loopback", "bin/portmap")]
    [InlineData("--bin-dir=", "net.d/10-flannel.conflist")]
    [InlineData("--config-name=05-flannel.conflist", "bin/bridge", "bin/flannel", "bin/host-local", "bin/loopback", "bin/portmap", "net.d/05-flannel.conflist")]
    public void Install_cni_leaves_out_or_renames_what_it_is_told_to(string flag, params string[] installed)
    {
        Assert.Equal(0, InstallCni(flag));
        Assert.Equal(installed, new[] { Bin, Net }.SelectMany(Directory.GetFiles).Select(file => Path.GetRelativePath(_folder, file)).Order(StringComparer.Ordinal));
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

    private string Said(string ofPlugins, string ofConfig) => string.Concat(
        Plugins.Select(name => string.Format(CultureInfo.InvariantCulture, ofPlugins, Path.Combine(Bin, name)))
            .Append(string.Format(CultureInfo.InvariantCulture, ofConfig, Path.Combine(Net, "10-flannel.conflist")))
            .Select(line => line + "\n"));

    private int InstallCni(params string[] more) => InstallCniProgram.Run("flanneld", [$"--bin-dir={Bin}", $"--config={Config}", $"--config-dir={Net}", .. more], _error);
}
