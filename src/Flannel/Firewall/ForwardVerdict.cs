namespace Flannel.Firewall;

internal enum ForwardVerdict
{
    /// <summary>Goes on with the next rule: a mark, a log line, a counter.</summary>
    Continue,
    Accept,

    /// <summary>Silently, or with an error to the sender.</summary>
    Drop,
    Return,
    Jump,
    Goto,
}
