using System.Net;

namespace Flannel.Backends;

/// <summary>What a tunnel asks of the way to one peer.</summary>
/// <param name="Peer">Its public address.</param>
/// <param name="Packet">The largest packet that leaves for it, in bytes, all headers included.</param>
/// <param name="Excess">How much larger such a packet is than the backend's option <c>MTU</c>, in bytes.</param>
public readonly record struct PathDemand(IPAddress Peer, int Packet, int Excess);
