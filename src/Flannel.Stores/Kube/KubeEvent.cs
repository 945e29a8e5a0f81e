namespace Flannel.Stores.Kube;

/// <summary>A note that an operator finds with <c>kubectl describe node</c>. What repeats is one event with a higher count; adding up is the caller's part.</summary>
/// <param name="NodeName">The node it is about.</param>
/// <param name="Reason">One word in CamelCase, for machines.</param>
/// <param name="Message">A sentence for people.</param>
/// <param name="FirstTime">When it was first seen.</param>
/// <param name="LastTime">When it was last seen.</param>
public sealed record KubeEvent(string NodeName, string Reason, string Message, DateTimeOffset FirstTime, DateTimeOffset LastTime)
{
    public bool IsWarning { get; init; } = true;

    /// <summary>How often it was seen between the two times.</summary>
    public int Count { get; init; } = 1;

    /// <summary>What was being done, one word in CamelCase.</summary>
    public string Action { get; init; } = "";
}
