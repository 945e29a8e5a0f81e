using Flannel.Linux;

namespace Flannel;

/// <summary>What an errno of making a device means to the operator. "Operation not supported" says nothing about the module that is missing.</summary>
public static class KernelModules
{
    /// <summary>A sentence with cause and remedy, or null where the errno tells nothing about the kernel's abilities.</summary>
    /// <param name="kind">The kind of the device as in <c>ip link add type</c>, which is also the name of the module: <c>vxlan</c>, <c>wireguard</c>, <c>ipip</c>.</param>
    /// <param name="errno">A positive number of errno.h.</param>
    public static string? Explain(string kind, int errno) => errno switch
    {
        Errnos.EOPNOTSUPP or Errnos.ENODEV or Errnos.ENOENT or Errnos.EPROTONOSUPPORT =>
            $"this kernel has no {kind} devices: load the module with `modprobe {kind}`; if there is none, install the package with the kernel's further modules " +
            "(Ubuntu: linux-modules-extra-$(uname -r), on a Raspberry Pi linux-modules-extra-raspi; Fedora and RHEL: kernel-modules-extra; Alpine: linux-lts in place of " +
            "linux-virt) or a kernel built with it",
        Errnos.EAFNOSUPPORT => $"this kernel has the address family of the {kind} device switched off: start it without ipv6.disable=1, or set EnableIPv6 to false",
        Errnos.EPERM or Errnos.EACCES => $"making a {kind} device needs the capability CAP_NET_ADMIN: run as root, or in a container with NET_ADMIN added",
        _ => null,
    };
}
