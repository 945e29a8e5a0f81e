namespace Flannel.Stores.Etcd;

/// <summary>The token that stands for user and password. Tokens expire, with the server's restart at the latest; a call refused for that asks for another.</summary>
internal sealed class EtcdLogin(GrpcTransport grpc, EtcdOptions options) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly bool _hasUser = options.Username.Length > 0;
    private volatile Session? _session;

    /// <summary>Null without a user, and with a server that asks for none.</summary>
    public async ValueTask<string?> GetTokenAsync(Uri endpoint, CancellationToken cancellationToken)
    {
        if (!_hasUser)
        {
            return null;
        }

        if (_session is { } session)
        {
            return session.Token;
        }

        await _gate.WaitAsync(cancellationToken);
        try
        {
            return (_session ??= await AuthenticateAsync(endpoint, cancellationToken)).Token;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>True when the refusal may be due to the token that was used, which is then forgotten: another try is worth while.</summary>
    public bool Forget(string? used, EtcdException refusal)
    {
        if (!_hasUser || !MayBeTheToken(refusal))
        {
            return false;
        }

        if (_session is { } session && session.Token == used)
        {
            Interlocked.CompareExchange(ref _session, null, session);
        }

        return true;
    }

    public void Dispose() => _gate.Dispose();

    // Old servers refuse a watch with an expired token as if the user had no permission (fixed in etcd 3.5.9).
    private static bool MayBeTheToken(EtcdException refusal) =>
        refusal.Status is GrpcStatus.Unauthenticated or GrpcStatus.PermissionDenied
        || refusal.Reason.Contains("user name is empty", StringComparison.Ordinal)
        || refusal.Reason.Contains("revision of auth store is old", StringComparison.Ordinal);

    private async Task<Session> AuthenticateAsync(Uri endpoint, CancellationToken cancellationToken)
    {
        try
        {
            var request = new Protocol.AuthenticateRequest { Name = options.Username, Password = options.Password };
            return new Session((await grpc.AskAsync(endpoint, EtcdMethods.Authenticate, request, null, cancellationToken)).Token);
        }
        catch (EtcdException exception) when (exception.Reason.Contains("authentication is not enabled", StringComparison.Ordinal))
        {
            return new Session(null);
        }
    }

    private sealed record Session(string? Token);
}
