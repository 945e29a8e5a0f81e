namespace Flannel.Linux.Firewall;

/// <summary>Reads what iptables-save and ip6tables-save print, of either variant.</summary>
public static class IptablesSave
{
    /// <summary>The tables in the order printed. Comment lines are skipped.</summary>
    /// <exception cref="FormatException">A line is none that iptables-save prints, or one of the tables holds nft rules that iptables cannot show.</exception>
    public static IReadOnlyList<IptablesTable> Parse(string text)
    {
        var tables = new List<IptablesTable>();
        Dictionary<string, string> chains = [];
        List<IptablesRule> rules = [];
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            switch (line[0])
            {
                case '*':
                    (chains, rules) = ([], []);
                    tables.Add(new IptablesTable(line[1..], chains, rules));
                    break;
                case ':':
                    var (name, policy) = ChainOf(line);
                    chains[name] = policy;
                    break;
                case '-' or '[':
                    rules.Add(RuleOf(line));
                    break;
                case '#' when line.Contains("is incompatible", StringComparison.Ordinal):
                    // "# Table `nat' is incompatible, use 'nft' tool.": what follows would look like an empty table.
                    throw new FormatException(line[1..].Trim());
                case '#':
                    break;
                default:
                    if (line != "COMMIT")
                    {
                        throw Unreadable(line);
                    }

                    break;
            }
        }

        return tables;
    }

    // :POSTROUTING ACCEPT [12:720]
    private static (string Name, string Policy) ChainOf(string line) =>
        line[1..].Split(' ') is [var name, var policy, ..] ? (name, policy) : throw Unreadable(line);

    // -A FORWARD -s 10.5.0.0/16 -j ACCEPT, with "[12:720] " before it when counters were asked for
    private static IptablesRule RuleOf(string line)
    {
        var rule = line[0] == '[' ? line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..] : line;
        return rule.Split(' ', 3) switch
        {
            ["-A", var chain, var spec] => new IptablesRule(chain, spec),
            ["-A", var chain] => new IptablesRule(chain, ""),
            _ => throw Unreadable(line),
        };
    }

    private static FormatException Unreadable(string line) => new($"not a line of iptables-save: {line}");
}
