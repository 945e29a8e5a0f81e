using System.Net;
using System.Text.Json;

namespace Flannel.Testing.Kube;

/// <summary>What the API server answered.</summary>
public sealed record KubeAnswer(HttpStatusCode Status, JsonElement Body)
{
    public bool IsSuccess => (int)Status is >= 200 and < 300;
}
