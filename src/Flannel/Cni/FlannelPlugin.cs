using System.Text;

namespace Flannel.Cni;

/// <summary>The plugin <c>flannel</c> (cni-plugin.md): makes a configuration out of the subnet file for another plugin, and lets that one work.</summary>
public sealed partial class FlannelPlugin : CniPlugin
{
    public const string PluginName = "flannel";

    public override string Name => PluginName;

    /// <inheritdoc/>
    public override CniResult Add(CniCall call)
    {
        var config = ReadConfig(call);
        var generated = DelegateConfig.Create(call.Config, config, SubnetEnvReader.Await(config.SubnetFile, config.Timeout));
        call.Diagnostics.WriteLine(Encoding.UTF8.GetString(generated.Utf8.Span));
        new SavedConfigs(config.DataDirectory).Write(call.ContainerId, generated.Utf8.Span);
        try
        {
            return Delegates.Find(generated.Type, call).Add(call with { Config = generated });
        }
        catch (Exception fault)
        {
            // What was saved stays: DEL has to undo what the delegate may have done.
            throw InContext("failed to delegate add", fault);
        }
    }

    /// <summary>
    /// Has the delegate undo what it was told to do, by what was saved and not by what the subnet file says now. Without saved words there is nothing to undo. When the
    /// delegate fails they are kept, so that the next try finds them.
    /// </summary>
    public override void Delete(CniCall call)
    {
        var saved = new SavedConfigs(FlannelConfig.Read(call.Config).DataDirectory);
        if (saved.Read(call.ContainerId) is not { } text)
        {
            saved.Delete(call.ContainerId);
            return;
        }

        if (TryParse(text, out var problem) is { } config)
        {
            Delegates.Find(config.Type, call).Delete(call with { Config = config });
        }
        else
        {
            call.Diagnostics.WriteLine($"failed to parse netconf: {call.ContainerId}: {problem}; the interface goes with its container, its addresses stay until GC");
        }

        saved.Delete(call.ContainerId);
    }

    /// <summary>Succeeds: what flannel does itself leaves nothing to look at.</summary>
    public override void Check(CniCall call)
    {
    }

    private static FlannelConfig ReadConfig(CniCall call)
    {
        try
        {
            return FlannelConfig.Read(call.Config);
        }
        catch (CniException fault)
        {
            throw InContext("failed to load flannel netconf file", fault);
        }
    }

    /// <summary>A saved configuration; null and a reason where it is none.</summary>
    private static PluginConfig? TryParse(ReadOnlyMemory<byte> text, out string problem)
    {
        try
        {
            var config = PluginConfig.Parse(text);
            problem = config.Type.Length > 0 ? "" : "it names no type";
            return config.Type.Length > 0 ? config : null;
        }
        catch (CniException fault)
        {
            problem = fault.Text;
            return null;
        }
    }

    private static CniException InContext(string context, Exception fault) => fault is CniException known
        ? new CniException(known.Code, $"{context}: {known.Message}", known.Details, known)
        : new CniException(CniException.Internal, $"{context}: {fault.Message}", cause: fault);
}
