using System.Diagnostics;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;
using Flannel.Testing;

namespace Flannel.Bench.Bed;

/// <summary>
/// Plugins as a runtime calls them, and containers to call them for. Times run from before a program is started until it has ended; nothing else of ours is in them.
/// </summary>
/// <param name="host">Where the plugins run.</param>
/// <param name="program">The first plugin.</param>
/// <param name="path"><c>CNI_PATH</c>, which has <c>portmap</c> as well.</param>
/// <param name="config">The configuration of the first plugin.</param>
/// <param name="pods">How many containers there are, numbered from 0.</param>
internal sealed class PluginChain(TestHost host, string program, string path, string config, int pods) : IDisposable
{
    private const string IfName = "eth0";

    private readonly Netns[] _pods = [.. Enumerable.Range(0, pods).Select(_ => Netns.Create())];

    /// <summary>Attaches a container.</summary>
    public TimeSpan Add(int pod) => host.Netns.Run(() => Call(program, "ADD", pod, config).Duration);

    /// <summary>Detaches a container.</summary>
    public TimeSpan Delete(int pod) => host.Netns.Run(() => Call(program, "DEL", pod, config).Duration);

    /// <summary>Attaches a container and maps a port of the host to it; both plugins' time.</summary>
    public TimeSpan AddWithPort(int pod) => host.Netns.Run(() =>
    {
        var (attached, result) = Call(program, "ADD", pod, config);
        return attached + Call($"{path}/portmap", "ADD", pod, PortmapConfig(result)).Duration;
    });

    public void DeleteWithPort(int pod)
    {
        host.Netns.Run(() => Call($"{path}/portmap", "DEL", pod, PortmapConfig("null")));
        Delete(pod);
    }

    /// <summary>Attaches all containers at once; the time until the last one is.</summary>
    public TimeSpan AddAll()
    {
        using var start = new Barrier(_pods.Length + 1);
        var ends = new long[_pods.Length];
        var calls = Enumerable.Range(0, _pods.Length).Select(pod => new Thread(() => host.Netns.Run(() =>
        {
            start.SignalAndWait();
            Call(program, "ADD", pod, config);
            ends[pod] = Stopwatch.GetTimestamp();
        }))).ToList();
        calls.ForEach(call => call.Start());
        start.SignalAndWait();
        var started = Stopwatch.GetTimestamp();
        calls.ForEach(call => call.Join());
        return Stopwatch.GetElapsedTime(started, ends.Max());
    }

    public void DeleteAll()
    {
        for (var pod = 0; pod < _pods.Length; pod++)
        {
            Delete(pod);
        }
    }

    /// <summary>Deletes the container's interface by one request to the kernel, and nothing else.</summary>
    public TimeSpan DeletePair(int pod) => _pods[pod].Run(() =>
    {
        using var kernel = new RtnetlinkSocket();
        var request = new RtnetlinkRequest(RequestVerb.Delete, kernel.GetLink(IfName)!);
        var started = Stopwatch.GetTimestamp();
        kernel.Execute(request);
        return Stopwatch.GetElapsedTime(started);
    });

    public void Dispose()
    {
        foreach (var pod in _pods)
        {
            pod.Dispose();
        }
    }

    private (TimeSpan Duration, string Output) Call(string file, string command, int pod, string input)
    {
        KeyValuePair<string, string>[] environment =
        [
            new("CNI_COMMAND", command),
            new("CNI_CONTAINERID", $"pod{pod}"),
            new("CNI_NETNS", _pods[pod].Path),
            new("CNI_IFNAME", IfName),
            new("CNI_PATH", path),
        ];
        var started = Stopwatch.GetTimestamp();
        var result = Tool.Run(file, [], input, environment);
        var duration = Stopwatch.GetElapsedTime(started);
        return result.ExitCode == 0
            ? (duration, result.Output)
            : throw new InvalidDataException($"{file} {command} of pod{pod} ended with {result.ExitCode}: {result.Output}{result.Error}");
    }

    private static string PortmapConfig(string previous) => $$"""
        {"cniVersion":"1.0.0","name":"bench","type":"portmap","snat":true,
        "runtimeConfig":{"portMappings":[{"hostPort":8080,"containerPort":80,"protocol":"tcp"}]},"prevResult":{{previous}}}
        """;
}
