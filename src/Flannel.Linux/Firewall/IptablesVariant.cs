namespace Flannel.Linux.Firewall;

/// <summary>Which packet filter of the kernel an iptables program writes to; the kernel runs the rules of both.</summary>
public enum IptablesVariant
{
    /// <summary>x_tables: no notifications, and a lock file that all programs share.</summary>
    Legacy,

    /// <summary>nf_tables: tables <c>ip nat</c>, <c>ip6 filter</c> and so on; changes are announced by netlink.</summary>
    NfTables,
}
