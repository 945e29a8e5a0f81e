namespace Flannel.Testing.Kube;

/// <summary>Who a client of the API server is: a token, a file with one, or a client certificate, whose common name is the user.</summary>
public sealed record KubeCredentials(string? Token = null, string? TokenFile = null, TestCertificate? Certificate = null);
