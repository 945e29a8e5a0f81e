using Flannel.Firewall;
using Flannel.Linux;
using Flannel.Linux.Firewall;

namespace Flannel.Cni.Netfilter;

/// <summary>The table <c>nat</c> of one family, through the host's programs of iptables.</summary>
/// <param name="isIPv6">Which family.</param>
/// <param name="variant">Appended to the programs' names: <c>-legacy</c>, <c>-nft</c>; empty for what the host calls <c>iptables</c>.</param>
internal sealed class NatTable(bool isIPv6, string variant = "")
{
    private const string Table = "nat";

    // For the legacy variant, whose lock all programs of the host share. Long enough for a service proxy's full sync; a longer wait is tried again.
    private const string Wait = "--wait=5";

    // RESOURCE_PROBLEM of xtables: the lock was not free in time, or the kernel said EAGAIN.
    private const int ResourceProblem = 4;

    private const int Attempts = 10;

    private readonly string _program = (isIPv6 ? "ip6tables" : "iptables") + variant;

    /// <summary>What the kernel tells without a program being run: false when the family has no such table, so that nothing can be in it.</summary>
    public bool IsInUse
    {
        get
        {
            using var nftables = new NftablesSocket();
            return nftables.HasTable(isIPv6 ? NftFamily.NFPROTO_IPV6 : NftFamily.NFPROTO_IPV4, Table) || LegacyTables().Contains(Table);
        }
    }

    public bool IsInstalled => Tool.Find(_program + "-restore") is not null;

    /// <summary>Whether the programs are there and the kernel does what they ask.</summary>
    public bool Works => IsInstalled && (IsInUse || Tool.Run(_program, ["-t", Table, "-S", "OUTPUT", Wait]).ExitCode == 0);

    /// <exception cref="FirewallException">It cannot be read.</exception>
    public IptablesTable Read()
    {
        var result = Run(_program + "-save", ["-t", Table]);
        if (result.ExitCode != 0)
        {
            throw Refusal(_program + "-save", result);
        }

        try
        {
            foreach (var table in IptablesSave.Parse(result.Output))
            {
                if (table.Name == Table)
                {
                    return table;
                }
            }

            return IptablesTable.Empty(Table);
        }
        catch (FormatException exception)
        {
            throw new FirewallException($"{_program}-save: {exception.Message}");
        }
    }

    /// <summary>Runs the lines as one transaction: all of them or none.</summary>
    /// <returns>Null when it is done, else what was refused.</returns>
    /// <exception cref="FirewallException">The program is missing.</exception>
    public FirewallException? TryApply(IReadOnlyList<string> lines)
    {
        var result = Run(_program + "-restore", ["--noflush", Wait], IptablesRestore.Block(Table, lines));
        return result.ExitCode == 0 ? null : Refusal(_program + "-restore", result);
    }

    /// <summary>Reads the table and runs the lines that follow from it, anew as long as somebody else changes the table meanwhile.</summary>
    /// <param name="lines">What is to be done about a table as it is; none when it is right.</param>
    /// <exception cref="FirewallException">The same lines were refused twice.</exception>
    public void Change(Func<IptablesTable, IReadOnlyList<string>> lines)
    {
        IReadOnlyList<string> refused = [];
        for (var attempt = 1; ; attempt++)
        {
            var wanted = lines(Read());
            if (wanted.Count == 0 || TryApply(wanted) is not { } refusal)
            {
                return;
            }

            if (attempt == Attempts || !refusal.IsTransient && AreEqual(wanted, refused))
            {
                throw refusal;
            }

            refused = wanted;
        }
    }

    private static bool AreEqual(IReadOnlyList<string> left, IReadOnlyList<string> right)
    {
        var index = 0;
        while (index < left.Count && index < right.Count && left[index] == right[index])
        {
            index++;
        }

        return index == left.Count && index == right.Count;
    }

    private static ToolResult Run(string program, string[] arguments, string input = "")
    {
        try
        {
            return Tool.Run(program, arguments, input);
        }
        catch (LinuxException exception) when (exception.Errno == Errnos.ENOENT)
        {
            throw new FirewallException($"{program} not found in PATH; install the package iptables (Debian, Ubuntu) or iptables-nft (RHEL, Fedora)");
        }
    }

    private static FirewallException Refusal(string program, ToolResult result) =>
        new($"{program}: {result.Error.Trim()} (exit code {result.ExitCode})", result.ExitCode == ResourceProblem);

    // Of the calling thread's network namespace; no such file as long as the module is not loaded.
    private IEnumerable<string> LegacyTables()
    {
        var file = $"/proc/thread-self/net/{(isIPv6 ? "ip6_tables_names" : "ip_tables_names")}";
        return File.Exists(file) ? File.ReadLines(file) : [];
    }
}
