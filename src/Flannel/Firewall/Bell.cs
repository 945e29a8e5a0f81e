using System.Threading.Channels;

namespace Flannel.Firewall;

/// <summary>Wakes one waiter; any number of rings before it listens are one.</summary>
internal sealed class Bell
{
    private readonly Channel<bool> _channel = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Ring() => _channel.Writer.TryWrite(true);

    public async Task WaitAsync(CancellationToken cancellationToken) => await _channel.Reader.ReadAsync(cancellationToken);
}
