namespace Flannel.EndToEndTests;

/// <summary>The address families of a fabric.</summary>
public enum Families
{
    IPv4,
    Both,
    IPv6,
}
