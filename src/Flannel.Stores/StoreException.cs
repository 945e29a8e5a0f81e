namespace Flannel.Stores;

/// <summary>A store did not do what was asked. <see cref="IsTransient"/> tells whether the same call may succeed later.</summary>
public class StoreException(string message, bool isTransient, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>True for a server that is away, overloaded, without a leader or restarting; false for a refusal that will repeat.</summary>
    public bool IsTransient { get; } = isTransient;
}
