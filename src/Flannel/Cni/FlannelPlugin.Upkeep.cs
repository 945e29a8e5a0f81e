using Flannel.Config;

namespace Flannel.Cni;

public sealed partial class FlannelPlugin
{
    /// <summary>
    /// Has the delegates of this network release what belongs to no valid attachment, then forgets the containers that have none. A delegate that is another program is not
    /// asked: the usual ones do not know the command. Without a list of valid attachments nothing is done.
    /// </summary>
    public override void CollectGarbage(CniCall call)
    {
        if (call.Config.ValidAttachments is not { } valid)
        {
            return;
        }

        var config = FlannelConfig.Read(call.Config);
        var saved = new SavedConfigs(config.DataDirectory);
        var alive = valid.Select(attachment => attachment.ContainerId).ToHashSet(StringComparer.Ordinal);
        Dictionary<string, PluginConfig> leaked = [];
        foreach (var containerId in saved.List().Where(id => !alive.Contains(id)))
        {
            if (saved.Read(containerId) is { } text && TryParse(text, out _) is { } own && own.Name == call.Config.Name)
            {
                leaked.Add(containerId, own);
            }
        }

        // Addresses may have leaked that nothing saved tells of, so today's configuration is asked for as well.
        var delegates = leaked.Values.Concat(TryCreate(call.Config, config) is { } current ? [current] : []);
        foreach (var collected in delegates.Select(own => DelegateConfig.ForCollection(own, call.Config)).DistinctBy(own => CanonicalJson.Text(own.Root)))
        {
            Delegates.Own(collected.Type)?.CollectGarbage(call with { Config = collected });
        }

        foreach (var containerId in leaked.Keys)
        {
            saved.Delete(containerId);
        }
    }

    /// <summary>Succeeds, or with <c>statusFromSubnetFile</c> says whether the next ADD would find a subnet, and whether the daemon is up.</summary>
    /// <exception cref="CniException">Code 50 without a usable subnet file, 51 when the daemon says it is not ready.</exception>
    public override void ReportStatus(CniCall call)
    {
        var config = FlannelConfig.Read(call.Config);
        if (!config.ReportsSubnetFile)
        {
            return;
        }

        try
        {
            SubnetEnvReader.Await(config.SubnetFile, TimeSpan.Zero);
        }
        catch (CniException fault)
        {
            throw new CniException(CniException.PluginNotAvailable, fault.Message, fault.Details, fault);
        }

        if (DaemonState.Read(DaemonState.FileBeside(config.SubnetFile)) is { IsReady: false } state)
        {
            throw new CniException(CniException.LimitedConnectivity, $"flanneld is not ready: {state}");
        }
    }

    /// <summary>What ADD would tell the delegate now; null where it cannot.</summary>
    private static PluginConfig? TryCreate(PluginConfig own, FlannelConfig config)
    {
        try
        {
            return DelegateConfig.Create(own, config, SubnetEnvReader.Await(config.SubnetFile, TimeSpan.Zero));
        }
        catch (CniException)
        {
            return null;
        }
    }
}
