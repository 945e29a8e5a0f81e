namespace Flannel.Cni;

/// <summary>
/// One plugin. Everything is synchronous: a call is a short program. Faults are <see cref="CniException"/>, or what the lower floors throw, which the runtime is told
/// with code 999.
/// </summary>
public abstract class CniPlugin
{
    /// <summary>The <c>type</c> of a configuration that means this plugin, and the name of its program.</summary>
    public abstract string Name { get; }

    /// <summary>Attaches a container, or does its part of that in a chain. The result is complete: in a chain it contains the previous one.</summary>
    public abstract CniResult Add(CniCall call);

    /// <summary>Undoes what <see cref="Add"/> did, also half of it. What is gone already is no fault.</summary>
    public abstract void Delete(CniCall call);

    /// <summary>Compares what is there with the previous result of the configuration; throws what differs.</summary>
    public abstract void Check(CniCall call);

    /// <summary>Gives back what attachments hold that are not among <see cref="PluginConfig.ValidAttachments"/>. By default a plugin holds nothing.</summary>
    public virtual void CollectGarbage(CniCall call)
    {
    }

    /// <summary>Throws when <see cref="Add"/> cannot work: <see cref="CniException.PluginNotAvailable"/>, <see cref="CniException.LimitedConnectivity"/>.</summary>
    public virtual void ReportStatus(CniCall call)
    {
    }
}
