using System.Text.Json;
using Flannel.Linux.Firewall;

namespace Flannel.Firewall;

/// <summary>Reads what <c>nft -j list …</c> prints (libnftables-json(5)).</summary>
internal sealed class NftListing
{
    private readonly List<NftListedChain> _chains = [];
    private readonly List<Rule> _rules = [];

    private NftListing()
    {
    }

    public IReadOnlyList<NftListedChain> Chains => _chains;

    /// <exception cref="FormatException">The text is not such a listing.</exception>
    public static NftListing Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var listing = new NftListing();
            foreach (var entry in document.RootElement.GetProperty("nftables").EnumerateArray())
            {
                if (entry.TryGetProperty("chain", out var chain))
                {
                    listing._chains.Add(ChainOf(chain));
                }
                else if (entry.TryGetProperty("rule", out var rule))
                {
                    listing._rules.Add(new Rule(Text(rule, "family"), Text(rule, "table"), Text(rule, "chain"), Statements(rule)));
                }
            }

            return listing;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"not a listing of nft: {exception.Message}", exception);
        }
    }

    /// <summary>The rules of a chain in their order, each as its statements in normal form.</summary>
    public IEnumerable<IReadOnlyList<string>> RulesOf(NftListedChain chain) =>
        from rule in _rules
        where (rule.Family, rule.Table, rule.Chain) == (chain.Family, chain.Table, chain.Name)
        select rule.Statements;

    /// <summary>One table of the listing.</summary>
    public NftTable Table(string family, string name) => new(family, name,
    [
        .. from chain in _chains
           where (chain.Family, chain.Table) == (family, name)
           select new NftChain(
               chain.Name, chain.Type, chain.Hook, chain.Priority, chain.Policy, [.. RulesOf(chain).Select(statements => string.Join(' ', statements))]),
    ]);

    private static NftListedChain ChainOf(JsonElement chain) => new(
        Text(chain, "family"), Text(chain, "table"), Text(chain, "name"), Text(chain, "type"), Text(chain, "hook"),
        chain.TryGetProperty("prio", out var priority) ? priority.GetInt32() : 0, Text(chain, "policy"));

    private static List<string> Statements(JsonElement rule)
    {
        List<string> statements = [];
        foreach (var expression in rule.GetProperty("expr").EnumerateArray())
        {
            if (NftStatement.Print(expression) is { Length: > 0 } statement)
            {
                statements.Add(statement);
            }
        }

        return statements;
    }

    private static string Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    private sealed record Rule(string Family, string Table, string Chain, IReadOnlyList<string> Statements);
}
