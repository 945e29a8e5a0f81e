namespace Flannel;

/// <summary>This host is not fit as it is. The message says what is wrong and what would put it right; trying again without a change is of no use.</summary>
public sealed class HostException(string message, Exception? inner = null) : Exception(message, inner);
