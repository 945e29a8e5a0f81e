using Flannel.Linux;

namespace Flannel.Firewall;

/// <summary>What a look at a table found.</summary>
/// <param name="Written">It was not right and was repaired.</param>
/// <param name="Others">Networks whose rules other daemons keep in the same table.</param>
internal readonly record struct TableState(bool Written, IReadOnlyList<Cidr> Others);
