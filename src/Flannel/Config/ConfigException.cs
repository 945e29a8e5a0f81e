namespace Flannel.Config;

/// <summary>A configuration that cannot be used. The message names the key, its value and, where it is not plain, what would be right.</summary>
public sealed class ConfigException(string message) : FormatException(message);
