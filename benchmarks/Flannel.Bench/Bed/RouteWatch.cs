using System.Diagnostics;
using Flannel.Linux;
using Flannel.Linux.Interop;
using Flannel.Linux.Netlink;
using Flannel.Linux.Rtnetlink;
using Flannel.Testing;

namespace Flannel.Bench.Bed;

/// <summary>What the kernel says about peers' IPv4 routes in one namespace, as <c>ip monitor route</c> prints it.</summary>
internal sealed class RouteWatch : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly NetlinkListener _kernel;

    public RouteWatch(Node node) => _kernel = node.Netns.Run(() =>
        new NetlinkListener(LinuxNetlink.NETLINK_ROUTE, NetlinkListener.LargeBuffer, LinuxRtnetlink.RTNLGRP_IPV4_ROUTE));

    /// <summary>Waits until so many different peers' routes were added since the last call; returns the time by <see cref="Stopwatch"/>.</summary>
    /// <param name="lines">What the program that makes them has written.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="TimeoutException">They were not; the message has what the program said instead.</exception>
    public Task<long> AwaitAddedAsync(Func<IReadOnlyList<string>> lines, int count) => AwaitAsync(lines, LinuxRtnetlink.RTM_NEWROUTE, count);

    /// <inheritdoc cref="AwaitAddedAsync"/>
    public Task<long> AwaitRemovedAsync(Func<IReadOnlyList<string>> lines, int count) => AwaitAsync(lines, LinuxRtnetlink.RTM_DELROUTE, count);

    public void Dispose() => _kernel.Dispose();

    private async Task<long> AwaitAsync(Func<IReadOnlyList<string>> lines, ushort type, int count)
    {
        var seen = new HashSet<Cidr>();
        using var deadline = new CancellationTokenSource(Deadline);
        while (seen.Count < count)
        {
            try
            {
                await _kernel.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"{seen.Count} of {count} routes changed; the program wrote:\n{string.Join('\n', lines().TakeLast(20))}");
            }

            var complete = _kernel.Drain(message =>
            {
                if (message.Type == type && RouteCodec.TryRead(message.Payload, out var route) && Peer.IsPeerSubnet(route.Destination))
                {
                    seen.Add(route.Destination);
                }
            });
            if (!complete)
            {
                throw new InvalidDataException("the kernel's notifications outran the benchmark");
            }
        }

        return Stopwatch.GetTimestamp();
    }
}
