using System.Net;

namespace Flannel.Stores.Kube;

/// <summary>The API server could not be asked, or refused, or what is needed to ask it is not there. The message says what was asked, whom, and the server's own words.</summary>
public sealed class KubeException : StoreException
{
    internal KubeException(string message, bool isTransient, Exception? inner = null)
        : base(message, isTransient, inner)
    {
    }

    internal KubeException(string asked, Uri server, HttpStatusCode status, string reason, string text, TimeSpan? retryAfter)
        : base($"{NameOf(server)}: {asked}: {text}", IsPassing((int)status))
    {
        (StatusCode, Reason, RetryAfter) = ((int)status, reason, retryAfter);
    }

    internal KubeException(string asked, Uri server, string text, Exception? inner = null)
        : base($"{NameOf(server)}: {asked}: {text}", isTransient: true, inner)
    {
    }

    /// <summary>The HTTP status, also of an error told within a watch; 0 when there was no answer.</summary>
    public int StatusCode { get; }

    /// <summary>Kubernetes' word for it, such as <c>Forbidden</c>, <c>NotFound</c> or <c>Expired</c>; empty when there is none.</summary>
    public string Reason { get; } = "";

    /// <summary>How long the server asks to be left alone, five minutes at most; null when it does not say.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>The resource version or the next page asked for is not there any more; only a new list helps, and that may well succeed.</summary>
    public bool IsGone => StatusCode == (int)HttpStatusCode.Gone;

    private static string NameOf(Uri server) => server.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);

    // Unauthorized: a token is renewed in its file. Conflict: patches without a version are repeated by the server itself, for a while. A redirection is a proxy's log-in page.
    private static bool IsPassing(int status) => status is 401 or 408 or 409 or 410 or 429 or >= 500;
}
