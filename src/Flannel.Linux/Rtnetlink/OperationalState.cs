namespace Flannel.Linux.Rtnetlink;

/// <summary>IFLA_OPERSTATE (linux/if.h, RFC 2863).</summary>
public enum OperationalState : byte
{
    IF_OPER_UNKNOWN = 0,
    IF_OPER_NOTPRESENT = 1,
    IF_OPER_DOWN = 2,
    IF_OPER_LOWERLAYERDOWN = 3,
    IF_OPER_TESTING = 4,
    IF_OPER_DORMANT = 5,
    IF_OPER_UP = 6,
}
