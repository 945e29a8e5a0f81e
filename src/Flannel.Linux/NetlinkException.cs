namespace Flannel.Linux;

/// <summary>
/// The kernel refused a netlink request. <see cref="LinuxException.Operation"/> is the request in <c>ip</c> syntax, <see cref="KernelText"/> the kernel's own
/// sentence (NLMSGERR_ATTR_MSG) where it gave one.
/// </summary>
public sealed class NetlinkException(string operation, int errno, string? kernelText)
    : LinuxException(operation, errno, kernelText is null ? null : $"{Errnos.Describe(errno)} ({kernelText})")
{
    public string? KernelText { get; } = kernelText;
}
