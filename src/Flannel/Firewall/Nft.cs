using Flannel.Linux;
using Flannel.Linux.Firewall;

namespace Flannel.Firewall;

/// <summary>The program <c>nft</c>.</summary>
internal sealed class Nft
{
    private const string Name = "nft";

    private readonly FirewallProgram _program;

    private Nft(FirewallProgram program) => _program = program;

    /// <exception cref="FirewallException">It is not installed.</exception>
    public static Nft Open(FirewallHost host)
    {
        var program = new FirewallProgram(host);
        program.Require(Name);
        return new Nft(program);
    }

    public static Nft? TryOpen(FirewallHost host) => host.Find(Name) is null ? null : Open(host);

    /// <summary>Reads the table and, where it is not right, replaces it in one transaction; rules of other networks stay in it.</summary>
    public Task<TableState> RepairAsync(NftTable wanted, RuleClaim claim, CancellationToken cancellationToken) => _program.InTurnAsync(
        async () =>
        {
            var present = await ReadAsync(wanted.Family, wanted.Name, cancellationToken);
            var whole = present is null ? wanted : SharedTable.Merge(wanted, present, claim);
            var damaged = present is null || !whole.Matches(present);
            if (damaged)
            {
                await _program.RunAsync(Name, ["-f", "-"], whole.Script(), cancellationToken);
            }

            return new TableState(damaged, present is null ? [] : RuleClaim.NetworksOf(SharedTable.Others(present, claim)));
        },
        cancellationToken);

    public Task<string> ApplyAsync(string script, CancellationToken cancellationToken) =>
        _program.InTurnAsync(() => _program.RunAsync(Name, ["-f", "-"], script, cancellationToken), cancellationToken);

    /// <summary>Family and name of every table.</summary>
    public async Task<IReadOnlyList<(string Family, string Name)>> TablesAsync(CancellationToken cancellationToken)
    {
        // table ip6 flannel-ipv6
        var text = await _program.RunAsync(Name, ["list", "tables"], null, cancellationToken);
        var lines = Array.FindAll(Array.ConvertAll(text.Split('\n'), line => line.Split(' ')), words => words.Length == 3);
        return Array.ConvertAll(lines, words => (words[1], words[2]));
    }

    /// <summary>All chains of all tables, without their rules.</summary>
    public async Task<NftListing> ChainsAsync(CancellationToken cancellationToken) => await ListAsync(["-j", "list", "chains"], cancellationToken);

    /// <summary>Chains and rules of one table; null when there is no such table.</summary>
    public async Task<NftListing?> TableAsync(string family, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await ListAsync(["-j", "list", "table", family, name], cancellationToken);
        }
        catch (FirewallException exception) when (exception.Message.Contains(Errnos.Describe(Errnos.ENOENT), StringComparison.Ordinal))
        {
            return null;
        }
    }

    /// <summary>Whether kernel and tool know <c>masquerade fully-random</c>: a dry run, which installs nothing.</summary>
    public async Task<bool> KnowsFullyRandomAsync(CancellationToken cancellationToken)
    {
        var table = new NftTable("ip", "flannel-ipv4", [new NftChain("masqueradeTest", "nat", "postrouting", 100, "accept", ["masquerade fully-random"])]);
        return (await _program.TryAsync(Name, ["-c", "-f", "-"], table.Addition(), cancellationToken)).ExitCode == 0;
    }

    /// <summary>One table in normal form; null when there is no such table.</summary>
    public async Task<NftTable?> ReadAsync(string family, string name, CancellationToken cancellationToken) =>
        (await TableAsync(family, name, cancellationToken))?.Table(family, name);

    private async Task<NftListing> ListAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        try
        {
            return NftListing.Parse(await _program.RunAsync(Name, arguments, null, cancellationToken));
        }
        catch (FormatException exception)
        {
            throw new FirewallException($"{Name} {string.Join(' ', arguments)}: {exception.Message}");
        }
    }
}
