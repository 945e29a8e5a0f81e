using Flannel.Linux;

namespace Flannel.Cni.HostLocal;

/// <summary>One file of an <see cref="AddressBook"/>.</summary>
/// <param name="Path">The file.</param>
/// <param name="Address">The address that it is named after, as a host.</param>
/// <param name="Holder">Who has it; the interface's name is empty in files of old. Null when the file cannot be read, so that it is not known.</param>
public sealed record Reservation(string Path, Cidr Address, CniAttachment? Holder)
{
    /// <summary>
    /// Whether nobody has it: the file is empty, because its writer was killed between making and filling it, or its content never reached the disk. Whoever holds the
    /// book's lock knows that no writer is at it now.
    /// </summary>
    public bool IsAbandoned => Holder is { ContainerId.Length: 0 };

    /// <summary>Whether it is that attachment's, or, in a file of old, that container's.</summary>
    public bool IsOf(CniAttachment attachment) =>
        Holder is { ContainerId.Length: > 0 } holder && (holder == attachment || holder == attachment with { IfName = "" });
}
