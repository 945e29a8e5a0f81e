using Flannel.Linux.Firewall;

namespace Flannel.Firewall;

/// <summary>The programs of one family and variant: <c>iptables</c>, <c>iptables-save</c> and <c>iptables-restore</c>, or <c>ip6tables-legacy</c> …</summary>
internal sealed class Iptables
{
    // Long enough for a service proxy's full sync; a longer wait is tried again and reported.
    private const string Wait = "--wait=5";

    private readonly FirewallProgram _program;

    private Iptables(FirewallProgram program, string name, IptablesVersion version) => (_program, Name, Version) = (program, name, version);

    public string Name { get; }

    public IptablesVersion Version { get; }

    private string Save => Name + "-save";

    private string Restore => Name + "-restore";

    /// <exception cref="FirewallException">One of the three is missing or does not tell its version.</exception>
    public static async Task<Iptables> OpenAsync(FirewallHost host, string name, CancellationToken cancellationToken)
    {
        var program = new FirewallProgram(host);
        program.Require(name, name + "-save", name + "-restore");
        var text = await program.RunAsync(name, ["--version"], null, cancellationToken);
        return new Iptables(program, name, Read(name, text, IptablesVersion.Parse));
    }

    /// <summary>The same, or null when it is not installed or does not work.</summary>
    public static async Task<Iptables?> TryOpenAsync(FirewallHost host, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(host, name, cancellationToken);
        }
        catch (FirewallException)
        {
            return null;
        }
    }

    /// <summary>One table; made by the kernel if it was not in use.</summary>
    public async Task<IptablesTable> ReadAsync(string table, CancellationToken cancellationToken)
    {
        var text = await _program.RunAsync(Save, ["-t", table], null, cancellationToken);
        return Read(Save, text, IptablesSave.Parse).FirstOrDefault(found => found.Name == table) ?? IptablesTable.Empty(table);
    }

    /// <summary>One table if it is in use, without making it; null otherwise.</summary>
    public async Task<IptablesTable?> ReadUsedAsync(string table, CancellationToken cancellationToken)
    {
        // Naming a table makes the legacy variant load its module; without a name it shows the tables in use.
        string[] arguments = Version.Variant == IptablesVariant.Legacy ? [] : ["-t", table];
        var text = await _program.RunAsync(Save, arguments, null, cancellationToken);
        return Read(Save, text, IptablesSave.Parse).FirstOrDefault(found => found.Name == table);
    }

    /// <summary>Reads the set's table and, where it is not right, repairs it in one transaction.</summary>
    public Task<TableState> RepairAsync(IptablesRuleSet set, CancellationToken cancellationToken) => _program.InTurnAsync(
        async () =>
        {
            IReadOnlyList<string> refused = [];
            while (true)
            {
                var present = await ReadAsync(set.Table, cancellationToken);
                var lines = set.Repair(present);
                try
                {
                    if (lines.Count > 0)
                    {
                        await RestoreAsync(set.Table, lines, cancellationToken);
                    }

                    return new TableState(lines.Count > 0, RuleClaim.NetworksOf(set.Others(present).Select(rule => rule.Spec)));
                }
                catch (FirewallException exception) when (!exception.IsTransient && !lines.SequenceEqual(refused))
                {
                    // Perhaps another daemon changed its rules since the table was read: then the next look finds other lines.
                    refused = lines;
                }
            }
        },
        cancellationToken);

    /// <summary>Runs the lines as one transaction of the table.</summary>
    public Task<string> ApplyAsync(string table, IReadOnlyList<string> lines, CancellationToken cancellationToken) =>
        _program.InTurnAsync(() => RestoreAsync(table, lines, cancellationToken), cancellationToken);

    private Task<string> RestoreAsync(string table, IReadOnlyList<string> lines, CancellationToken cancellationToken) => _program.RunAsync(
        Restore, Version.HasWaitAndRandomFully ? ["--noflush", Wait] : ["--noflush"], IptablesRestore.Block(table, lines), cancellationToken);

    private static T Read<T>(string program, string text, Func<string, T> parse)
    {
        try
        {
            return parse(text);
        }
        catch (FormatException exception)
        {
            throw new FirewallException($"{program}: {exception.Message}");
        }
    }
}
