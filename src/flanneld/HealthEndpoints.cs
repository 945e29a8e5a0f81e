using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Flannel.Daemon;

/// <summary>What the health server answers: <c>/healthz</c> and <c>/readyz</c> to any method, as plain text.</summary>
internal sealed class HealthEndpoints(Readiness readiness) : IHttpApplication<IFeatureCollection>
{
    public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    public void DisposeContext(IFeatureCollection context, Exception? exception)
    {
        // The features belong to the server.
    }

    public async Task ProcessRequestAsync(IFeatureCollection context)
    {
        var (status, text) = Answer(context.GetRequiredFeature<IHttpRequestFeature>().Path);
        var body = Encoding.UTF8.GetBytes(text);
        var response = context.GetRequiredFeature<IHttpResponseFeature>();
        response.StatusCode = status;
        response.Headers.ContentType = "text/plain; charset=utf-8";
        response.Headers.ContentLength = body.Length;
        await context.GetRequiredFeature<IHttpResponseBodyFeature>().Writer.WriteAsync(body);
    }

    private (int Status, string Text) Answer(string path) => path switch
    {
        "/healthz" => (StatusCodes.Status200OK, "flanneld is running"),
        "/readyz" => readiness.Read() switch
        {
            (true, _) => (StatusCodes.Status200OK, "flanneld is ready"),
            (false, "") => (StatusCodes.Status503ServiceUnavailable, "flanneld is not ready yet"),
            (false, var reason) => (StatusCodes.Status503ServiceUnavailable, $"flanneld is not ready yet\n{reason}\n"),
        },
        _ => (StatusCodes.Status404NotFound, "404 page not found\n"),
    };
}
