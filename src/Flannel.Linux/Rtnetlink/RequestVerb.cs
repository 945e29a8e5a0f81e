namespace Flannel.Linux.Rtnetlink;

/// <summary>What a request does with its target, in netlink's flags.</summary>
public enum RequestVerb
{
    /// <summary>NLM_F_CREATE | NLM_F_EXCL: EEXIST when it is there.</summary>
    Add,

    /// <summary>NLM_F_CREATE | NLM_F_REPLACE.</summary>
    Replace,

    /// <summary>NLM_F_CREATE alone, for a route: before those of the same destination and metric, or one of several ways for IPv6; EEXIST only for the very same.</summary>
    Prepend,

    /// <summary>Changes what is there: RTM_NEWLINK without NLM_F_CREATE. Takes a <see cref="LinkChange"/>.</summary>
    Set,

    /// <summary>RTM_DEL*.</summary>
    Delete,
}
