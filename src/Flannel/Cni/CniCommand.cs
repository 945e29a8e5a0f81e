namespace Flannel.Cni;

/// <summary>What a runtime asks of a plugin, by the environment variable <c>CNI_COMMAND</c> (CNI specification 1.1, section 2).</summary>
public enum CniCommand
{
    Add,
    Del,
    Check,
    Gc,
    Status,
    Version,
}
