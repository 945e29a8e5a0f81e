using System.Net;
using Flannel.Linux;

namespace Flannel.Testing.Docker;

// Containers of busybox behind docker0.
public sealed partial class DockerEngine
{
    /// <summary>Starts a container in the background.</summary>
    /// <param name="name">Its name from here on.</param>
    /// <param name="options">Of <c>docker run</c>.</param>
    /// <param name="command">What it runs.</param>
    public async Task<DockerContainer> StartContainerAsync(string name, IReadOnlyList<string> options, params IReadOnlyList<string> command)
    {
        await RunAsync(["run", "--detach", "--init", "--name", name, .. options, BusyboxImage.Name, .. command]);
        return await OpenContainerAsync(name);
    }

    /// <summary>A running container as it is now: another after each start of it.</summary>
    public async Task<DockerContainer> OpenContainerAsync(string name)
    {
        var words = (await RunAsync("inspect", "--format={{.State.Pid}} {{.NetworkSettings.IPAddress}}", name)).Trim().Split(' ');
        // Docker counts processes as dockerd sees them, so they are found in the /proc that it has.
        return new DockerContainer($"{_host}-{name}", Netns.Open($"/proc/{_process.Id}/root/proc/{words[0]}/ns/net"), IPAddress.Parse(words[1]));
    }
}
