namespace Flannel.Testing;

/// <summary>A certificate and its key, each in a PEM file.</summary>
public sealed record TestCertificate(string CertFile, string KeyFile);
