namespace Flannel.KernelTests.Cni.Bridging;

/// <summary>Whose plugin is called.</summary>
public enum PluginMaker
{
    Ours,
    Debian,
}
