using System.Diagnostics;
using Flannel.Linux;
using Flannel.Testing;

namespace Flannel.Bench.Bed;

/// <summary>What a running daemon uses, and when it was ready.</summary>
internal static class FlanneldFigures
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    extension(Flanneld daemon)
    {
        /// <summary>CPU time since the start.</summary>
        public TimeSpan Cpu => ProcessUsage.Cpu(daemon.Id);

        /// <summary>Bytes.</summary>
        public double ResidentMemory => ProcessUsage.ResidentMemory(daemon.Id);

        /// <summary>Bytes, at the most so far.</summary>
        public double PeakMemory => ProcessUsage.PeakMemory(daemon.Id);

        /// <summary>Waits for <c>subnet.env</c> without a look in between; returns the time by <see cref="Stopwatch"/>.</summary>
        /// <exception cref="TimeoutException">It was not written; the message has what the daemon said instead.</exception>
        public async Task<long> AwaitSubnetFileAsync()
        {
            using var files = new DirectoryWatch(Path.GetDirectoryName(daemon.SubnetFile)!);
            using var deadline = new CancellationTokenSource(Deadline);
            try
            {
                while (!File.Exists(daemon.SubnetFile))
                {
                    await files.NextAsync(deadline.Token);
                }
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"no {daemon.SubnetFile}; the daemon wrote:\n{string.Join('\n', daemon.Lines.TakeLast(20))}");
            }

            return Stopwatch.GetTimestamp();
        }
    }
}
