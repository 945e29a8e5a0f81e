using System.Net;

namespace Flannel.Testing;

/// <summary>What a web server answered.</summary>
public sealed record HttpAnswer(HttpStatusCode Status, string Body);
