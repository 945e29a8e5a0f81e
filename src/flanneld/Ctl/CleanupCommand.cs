using System.CommandLine;
using Flannel.Daemon.Logging;
using Flannel.Firewall;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;
using Microsoft.Extensions.Logging.Abstractions;

namespace Flannel.Daemon.Ctl;

/// <summary><c>flannelctl cleanup</c></summary>
internal sealed class CleanupCommand(CtlConsole console)
{
    private const string DefaultSubnetFile = "/run/flannel/subnet.env";

    public Command Build()
    {
        var yes = new Option<bool>("--yes") { Description = "do it, instead of only saying what would be done" };
        var all = new Option<bool>("--all") { Description = "also remove routes that the original flannel made through gateways into the network of the subnet file" };
        var subnetFile = new Option<string>("--subnet-file") { Description = $"the daemon's subnet file [default: {DefaultSubnetFile}]", HelpName = "string" };
        var command = new Command("cleanup", "Removes from this host what flannel made: rules, routes, devices, the subnet file. Stop flanneld first, or it puts them back.")
        {
            yes, all, subnetFile,
        };
        command.SetAction((result, cancellationToken) =>
            RunAsync(result.GetValue(yes), result.GetValue(all), SubnetFileOf(result.GetValue(subnetFile)), cancellationToken));
        return command;
    }

    /// <summary>Does the steps, or says what they are. A step that fails does not keep the others back.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<CleanupStep> steps, bool acts, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var code = ExitCode.Ok;
        foreach (var step in steps)
        {
            try
            {
                if (acts)
                {
                    await step.RunAsync(cancellationToken);
                }

                foreach (var command in step.Commands)
                {
                    output.WriteLine(command);
                }
            }
            catch (Exception e) when (e is LinuxException or FirewallException or IOException or UnauthorizedAccessException)
            {
                error.WriteLine($"flannelctl: {e.ToLine()}");
                code = ExitCode.Failure;
            }
        }

        error.WriteLine(steps.Count == 0 ? "Nothing of flannel is on this host." : acts && code == ExitCode.Ok ? "All of it is removed." : acts ? "Not all of it could be removed." : "Nothing was changed; add --yes to remove this.");
        return code;
    }

    private async Task<int> RunAsync(bool acts, bool all, string subnetFile, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new HostException("cleanup has to run as root, which alone sees and changes all rules, routes and devices");
        }

        using var kernel = new RtnetlinkSocket();
        var rules = new FirewallKeeper(new FirewallOptions(), [], FirewallHost.Own, TimeProvider.System, NullLogger<FirewallKeeper>.Instance);
        var steps = await new HostCleanup(kernel, rules, subnetFile).PlanAsync(all, cancellationToken);
        return await RunAsync(steps, acts, console.Output, console.Error, cancellationToken);
    }

    private string SubnetFileOf(string? given) =>
        given ?? (console.Environment("FLANNELD_SUBNET_FILE") is { Length: > 0 } variable ? variable : DefaultSubnetFile);
}
