using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace Flannel.Stores.Etcd;

/// <summary>The receiving half of one gRPC call. Every failure but the caller's own cancellation is an <see cref="EtcdException"/>.</summary>
internal sealed class GrpcCall<TResponse> : IDisposable
    where TResponse : class, IMessage<TResponse>
{
    private readonly GrpcMethod<TResponse> _method;
    private readonly HttpResponseMessage _response;
    private readonly Stream _body;
    private readonly CancellationTokenSource _life;
    private readonly CancellationToken _caller;

    /// <param name="endpoint">Who was asked.</param>
    /// <param name="method">What.</param>
    /// <param name="response">Its headers; disposed with the call.</param>
    /// <param name="body">Where its messages come from.</param>
    /// <param name="life">Ends the call: linked to <paramref name="caller"/>, with the deadline set. Disposed with the call.</param>
    /// <param name="caller">Tells the caller's cancellation from a deadline that passed.</param>
    public GrpcCall(
        Uri endpoint, GrpcMethod<TResponse> method, HttpResponseMessage response, Stream body, CancellationTokenSource life, CancellationToken caller) =>
        (Endpoint, _method, _response, _body, _life, _caller) = (endpoint, method, response, body, life, caller);

    public Uri Endpoint { get; }

    /// <summary>From here on the call may take for ever.</summary>
    public void LiftDeadline() => _life.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>The next message; null when the call has ended well.</summary>
    public async ValueTask<TResponse?> ReadAsync()
    {
        try
        {
            if (_response.StatusCode == HttpStatusCode.OK && await GrpcFrame.ReadAsync(_body, _method.Parser, _life.Token) is { } message)
            {
                return message;
            }
        }
        catch (Exception exception)
        {
            _caller.ThrowIfCancellationRequested();
            throw GrpcFault.Explain(exception, Endpoint, _method.ToString());
        }

        ThrowUnlessOk();
        return null;
    }

    public void Dispose()
    {
        _life.Cancel();
        _response.Dispose();
        _life.Dispose();
    }

    // A call that fails before its first message has its status among the headers: "trailers only".
    private void ThrowUnlessOk()
    {
        var trailers = _response.TrailingHeaders.Contains("grpc-status") ? _response.TrailingHeaders : (HttpHeaders)_response.Headers;
        var status = Find(trailers, "grpc-status") is { } text && int.TryParse(text, CultureInfo.InvariantCulture, out var code)
            ? (GrpcStatus)code
            : GrpcFault.StatusOf(_response.StatusCode);
        if (status != GrpcStatus.Ok)
        {
            var message = Find(trailers, "grpc-message") is { } escaped ? Uri.UnescapeDataString(escaped) : $"HTTP status {(int)_response.StatusCode}";
            throw new EtcdException(status, $"{_method}: {message}", Endpoint);
        }
    }

    private static string? Find(HttpHeaders headers, string name) => headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
