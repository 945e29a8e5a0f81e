using Xunit;

namespace Flannel.EndToEndTests.Image;

/// <summary>One host for all tests of a class that leave nothing behind.</summary>
public sealed class ImageFixture : IAsyncLifetime
{
    internal ImageHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Host = await ImageHost.StartAsync();

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
