using System.Net;
using Flannel.Linux;

namespace Flannel.Testing.Docker;

/// <summary>A running container of a <see cref="DockerEngine"/> as a node: its namespace until it is started anew, and the addresses that docker says it has.</summary>
public sealed class DockerContainer : Node
{
    internal DockerContainer(string name, Netns netns, IPAddress address)
        : base(name, netns) => Addresses = [address];
}
