namespace Flannel.Linux;

/// <summary>A system call failed. <see cref="Operation"/> is what was asked, <see cref="Errno"/> the kernel's answer.</summary>
public class LinuxException(string operation, int errno, string? detail = null)
    : Exception($"{operation}: {detail ?? Errnos.Describe(errno)}")
{
    public string Operation { get; } = operation;

    /// <summary>A positive number of errno.h.</summary>
    public int Errno { get; } = errno;
}
