namespace Flannel.Config;

/// <summary>What to do about transmit checksum offload on the tunnel device: some kernels and network cards corrupt encapsulated packets with it.</summary>
public enum TxChecksumOffload
{
    /// <summary>The backend decides.</summary>
    Auto,

    On,

    Off,
}
