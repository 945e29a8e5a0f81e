using System.Text;

namespace Flannel.Linux.Firewall;

/// <summary>
/// A table of nftables that belongs to one program alone. Its rules are texts in one normal form, marks in hexadecimal and prefix lengths always
/// written: <c>meta mark 0x4000 return</c>, <c>ip saddr 10.5.7.0/24 ip daddr != 224.0.0.0/4 masquerade fully-random</c>.
/// </summary>
/// <param name="Family">ip or ip6.</param>
/// <param name="Name">As in <c>flannel-ipv4</c>.</param>
/// <param name="Chains">In the order in which they are added.</param>
/// <param name="Comment">Written, but not compared.</param>
public sealed record NftTable(string Family, string Name, IReadOnlyList<NftChain> Chains, string? Comment = null)
{
    /// <summary>
    /// The transaction that makes the kernel's table exactly this one, whatever it is now: added so that the delete cannot fail, deleted so that
    /// nothing of it stays (a base chain's hook cannot be changed in place), then filled. The kernel switches from the old rules to the new at once.
    /// </summary>
    public string Script() => Removal() + Addition();

    /// <summary>The lines that add the table and what is in it.</summary>
    public string Addition()
    {
        var script = new StringBuilder()
            .Append($"add table {Family} {Name}{(Comment is null ? "" : $$""" { comment "{{Comment}}"; }""")}\n");
        foreach (var chain in Chains)
        {
            var comment = chain.Comment is null ? "" : $" comment \"{chain.Comment}\";";
            script.Append($"add chain {Family} {Name} {chain.Name} ")
                .Append($"{{ type {chain.Type} hook {chain.Hook} priority {chain.Priority}; policy {chain.Policy};{comment} }}\n");
            foreach (var rule in chain.Rules)
            {
                script.Append($"add rule {Family} {Name} {chain.Name} {rule}\n");
            }
        }

        return script.ToString();
    }

    /// <summary>The transaction that deletes the table, whether it is there or not.</summary>
    public string Removal() => $"add table {Family} {Name}\ndelete table {Family} {Name}\n";

    /// <summary>Whether both do the same to a packet: same chains in any order, same rules in the same order.</summary>
    public bool Matches(NftTable other) =>
        (Family, Name) == (other.Family, other.Name) && Chains.Count == other.Chains.Count &&
        Chains.All(chain => other.Chains.Any(chain.Matches));
}
