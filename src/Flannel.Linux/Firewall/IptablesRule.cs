namespace Flannel.Linux.Firewall;

/// <summary>
/// One rule of an iptables table. <see cref="Spec"/> is written as iptables-save prints it, so that two rules are equal when their texts are.
/// </summary>
public sealed record IptablesRule(string Chain, string Spec)
{
    /// <summary>The line that appends the rule: <c>-A FORWARD -s 10.5.0.0/16 -j ACCEPT</c>.</summary>
    public string Add => $"-A {Chain} {Spec}";

    /// <summary>The line that makes a transaction fail where there is no rule equal to this one.</summary>
    public string Check => $"-C {Chain} {Spec}";

    /// <summary>The line that deletes the first rule equal to this one.</summary>
    public string Delete => $"-D {Chain} {Spec}";

    public override string ToString() => Add;
}
