namespace Flannel.Stores.Kube;

/// <summary>A bearer token that was given, or one in a file, which is read for each request: requests are rare, and the token is renewed while we run.</summary>
internal sealed class KubeToken
{
    private readonly string? _file;
    private volatile string _lastGood;

    private KubeToken(string? file, string text) => (_file, _lastGood) = (file, text);

    public static KubeToken Fixed(string text) => new(null, text.Trim());

    /// <param name="name">What the operator calls the file.</param>
    /// <param name="file">It has the token alone.</param>
    /// <exception cref="KubeException">The file has no token.</exception>
    public static KubeToken InFile(string name, string file)
    {
        try
        {
            return File.ReadAllText(file).Trim() is { Length: > 0 } text
                ? new KubeToken(file, text)
                : throw new KubeException($"{name} {file}: no token in it", isTransient: false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new KubeException($"{name} {file}: {exception.Message}", isTransient: false, exception);
        }
    }

    /// <summary>The token of this moment; the one before while the file is away or empty.</summary>
    public string Current()
    {
        try
        {
            if (_file is not null && File.ReadAllText(_file).Trim() is { Length: > 0 } text)
            {
                _lastGood = text;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The server is the one to say that the one before has expired.
        }

        return _lastGood;
    }
}
