using System.Net;
using Flannel.Daemon.Http;

namespace Flannel.Daemon;

/// <summary>What the health server answers: <c>/healthz</c> and <c>/readyz</c> to any method, as plain text.</summary>
internal sealed class HealthEndpoints(Readiness readiness)
{
    public Reply Answer(string path) => path switch
    {
        "/healthz" => new Reply(HttpStatusCode.OK, "flanneld is running"),
        "/readyz" => readiness.Read() switch
        {
            (true, _) => new Reply(HttpStatusCode.OK, "flanneld is ready"),
            (false, "") => new Reply(HttpStatusCode.ServiceUnavailable, "flanneld is not ready yet"),
            (false, var reason) => new Reply(HttpStatusCode.ServiceUnavailable, $"flanneld is not ready yet\n{reason}\n"),
        },
        _ => new Reply(HttpStatusCode.NotFound, "404 page not found\n"),
    };
}
