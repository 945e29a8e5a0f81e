using Flannel.Linux.Firewall;

namespace Flannel.Cni.Netfilter;

/// <summary>A rule that containers have in common: made with the first, never deleted.</summary>
/// <param name="Rule">In the form of iptables-save.</param>
/// <param name="IsFirst">Goes before what is in the chain, else behind it.</param>
internal sealed record SharedRule(IptablesRule Rule, bool IsFirst = false)
{
    public string Line => IsFirst ? IptablesRestore.Insert(Rule, 1) : Rule.Add;
}
