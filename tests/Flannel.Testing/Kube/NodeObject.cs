using System.Globalization;
using System.Text.Json.Nodes;

namespace Flannel.Testing.Kube;

/// <summary>Node objects as a cluster has them.</summary>
public static class NodeObject
{
    private const int Images = 42;

    /// <summary>Only what identifies the node, and its pod networks.</summary>
    public static JsonObject Plain(string name, params IReadOnlyList<string> podCidrs)
    {
        var spec = new JsonObject();
        if (podCidrs.Count > 0)
        {
            spec["podCIDR"] = podCidrs[0];
            spec["podCIDRs"] = new JsonArray([.. podCidrs.Select(cidr => (JsonNode)cidr)]);
        }

        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Node",
            ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["kubernetes.io/hostname"] = name } },
            ["spec"] = spec,
        };
    }

    /// <summary>About 12 kB, as a kubelet reports itself once some dozens of images have been pulled: most of it nothing flannel reads.</summary>
    public static JsonObject Full(string name, IReadOnlyDictionary<string, string> annotations, params IReadOnlyList<string> podCidrs)
    {
        var node = Plain(name, podCidrs);
        node["metadata"]!["annotations"] = new JsonObject(annotations.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
        node["status"] = new JsonObject
        {
            ["addresses"] = new JsonArray(Address("InternalIP", annotations.GetValueOrDefault("flannel.alpha.coreos.com/public-ip", "192.0.2.1")), Address("Hostname", name)),
            ["capacity"] = Resources("16"),
            ["allocatable"] = Resources("15"),
            ["conditions"] = Conditions(),
            ["daemonEndpoints"] = new JsonObject { ["kubeletEndpoint"] = new JsonObject { ["Port"] = 10250 } },
            ["nodeInfo"] = Machine(),
            ["images"] = new JsonArray([.. Enumerable.Range(0, Images).Select(Image)]),
        };
        return node;
    }

    /// <summary>The annotations of a node whose flannel runs vxlan; the MAC follows from the number.</summary>
    public static IReadOnlyDictionary<string, string> VxlanAnnotations(string publicIP, int number) => new Dictionary<string, string>
    {
        ["flannel.alpha.coreos.com/kube-subnet-manager"] = "true",
        ["flannel.alpha.coreos.com/backend-type"] = "vxlan",
        ["flannel.alpha.coreos.com/backend-data"] = $$"""{"VNI":1,"VtepMAC":"02:00:00:00:{{number >> 8 & 255:x2}}:{{number & 255:x2}}"}""",
        ["flannel.alpha.coreos.com/public-ip"] = publicIP,
    };

    /// <summary>The annotations of a node whose flannel runs host-gw.</summary>
    public static IReadOnlyDictionary<string, string> HostGatewayAnnotations(string publicIP) => new Dictionary<string, string>
    {
        ["flannel.alpha.coreos.com/kube-subnet-manager"] = "true",
        ["flannel.alpha.coreos.com/backend-type"] = "host-gw",
        ["flannel.alpha.coreos.com/backend-data"] = "null",
        ["flannel.alpha.coreos.com/public-ip"] = publicIP,
    };

    internal static JsonArray Conditions()
    {
        var now = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        return
        [
            Condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available", now),
            Condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure", now),
            Condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available", now),
            Condition("Ready", "True", "KubeletReady", "kubelet is posting ready status", now),
        ];
    }

    private static JsonObject Condition(string type, string status, string reason, string message, string now) => new()
    {
        ["type"] = type,
        ["status"] = status,
        ["reason"] = reason,
        ["message"] = message,
        ["lastHeartbeatTime"] = now,
        ["lastTransitionTime"] = "2026-01-01T00:00:00Z",
    };

    private static JsonObject Address(string type, string address) => new() { ["type"] = type, ["address"] = address };

    private static JsonObject Resources(string cpu) => new()
    {
        ["cpu"] = cpu,
        ["memory"] = "65836992Ki",
        ["ephemeral-storage"] = "203070420Ki",
        ["hugepages-2Mi"] = "0",
        ["pods"] = "110",
    };

    private static JsonObject Machine() => new()
    {
        ["machineID"] = "0123456789abcdef0123456789abcdef",
        ["systemUUID"] = "01234567-89ab-cdef-0123-456789abcdef",
        ["bootID"] = "fedcba98-7654-3210-fedc-ba9876543210",
        ["kernelVersion"] = "6.1.0-18-amd64",
        ["osImage"] = "Debian GNU/Linux 12 (bookworm)",
        ["containerRuntimeVersion"] = "containerd://1.6.20",
        ["kubeletVersion"] = "v1.20.2",
        ["kubeProxyVersion"] = "v1.20.2",
        ["operatingSystem"] = "linux",
        ["architecture"] = "amd64",
    };

    private static JsonObject Image(int number)
    {
        var name = $"registry.example.org/team-{number % 7}/application-{number}";
        var digest = string.Concat(Enumerable.Repeat(number.ToString("x8", CultureInfo.InvariantCulture), 8));
        return new JsonObject { ["names"] = new JsonArray($"{name}@sha256:{digest}", $"{name}:v1.{number}.0"), ["sizeBytes"] = 10_000_000 + number };
    }
}
