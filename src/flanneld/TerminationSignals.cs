using System.Runtime.InteropServices;

namespace Flannel.Daemon;

/// <summary>SIGINT and SIGTERM as a token: the first cancels it and gives both signals back their default action, so that a second one kills at once.</summary>
internal sealed class TerminationSignals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    public TerminationSignals() =>
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        Release();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        Release();
        _source.Cancel();
    }

    private void Release()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
    }
}
