using System.Collections;
using System.CommandLine;
using System.Net.Sockets;
using Flannel.Config;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Daemon.Ctl;

/// <summary><c>flannelctl docker-opts</c>: what <c>mk-docker-opts.sh</c> does, without a shell.</summary>
internal sealed class DockerOptionsCommand(CtlConsole console, Func<IReadOnlyDictionary<string, string>> environment)
{
    private readonly Option<string> _input = new("-f")
    {
        Description = "flannel's subnet file; without it there are no options of flannel's",
        HelpName = "file",
        DefaultValueFactory = _ => "/run/flannel/subnet.env",
    };

    private readonly Option<string> _output = new("-d") { Description = "where to write", HelpName = "file", DefaultValueFactory = _ => "/run/docker_opts.env" };

    private readonly Option<bool> _each = new("-i") { Description = "only one variable for each option, such as DOCKER_OPT_MTU" };

    private readonly Option<bool> _all = new("-c") { Description = "only the variable with all options" };

    private readonly Option<string> _key = new("-k") { Description = "its name", HelpName = "name", DefaultValueFactory = _ => "DOCKER_OPTS" };

    private readonly Option<bool> _withoutMasquerade = new("-m") { Description = "without --ip-masq" };

    public DockerOptionsCommand(CtlConsole console)
        : this(console, OwnEnvironment)
    {
    }

    public Command Build()
    {
        var command = new Command("docker-opts", "Turns flannel's subnet file into options for dockerd.") { _input, _output, _each, _all, _key, _withoutMasquerade };
        command.SetAction(Run);
        return command;
    }

    private int Run(ParseResult result)
    {
        var key = result.GetRequiredValue(_key);
        if (!DockerOptions.IsName(key))
        {
            console.Error.WriteLine($"flannelctl: -k: '{key}' is no name of a variable");
            return ExitCode.Usage;
        }

        var (each, all) = (result.GetValue(_each), result.GetValue(_all));
        var options = new DockerOptions { WithEach = each || !all, WithAll = all || !each, Key = key, WithMasquerade = !result.GetValue(_withoutMasquerade) };
        var variables = ReadVariables(result.GetRequiredValue(_input));
        File.WriteAllText(result.GetRequiredValue(_output), options.ToText(variables));
        RequireOwnSubnet(variables);
        return ExitCode.Ok;
    }

    private Dictionary<string, string> ReadVariables(string file)
    {
        var variables = new Dictionary<string, string>(environment(), StringComparer.Ordinal);
        if (File.Exists(file))
        {
            foreach (var (name, value) in SubnetFile.ReadVariables(File.ReadAllText(file)))
            {
                variables[name] = value;
            }
        }

        return variables;
    }

    // A route to this subnet through another host, and the bridge that dockerd makes would not be reached.
    private static void RequireOwnSubnet(Dictionary<string, string> variables)
    {
        if (!Cidr.TryParse(variables.GetValueOrDefault("FLANNEL_SUBNET"), out var subnet) || subnet.IsIPv6)
        {
            return;
        }

        using var kernel = new RtnetlinkSocket();
        if (kernel.ListRoutes(AddressFamily.InterNetwork).FirstOrDefault(route => route.Destination == subnet.Network && route.Gateway is not null) is { } other)
        {
            throw new HostException($"Your routing table already contains the subnet: {other.Destination} via {other.Gateway}");
        }
    }

    private static Dictionary<string, string> OwnEnvironment() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "", StringComparer.Ordinal);
}
