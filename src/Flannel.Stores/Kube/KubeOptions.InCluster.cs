using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Flannel.Stores.Kube;

public sealed partial record KubeOptions
{
    /// <summary>Where a pod finds its account.</summary>
    public const string AccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>As a pod: the server from the environment, the account from its folder.</summary>
    /// <param name="folder">Has <c>token</c> and <c>ca.crt</c>, which the kubelet renews in place.</param>
    /// <param name="environment">Reads a variable; that of the process when null.</param>
    /// <exception cref="KubeException">This is no pod, or its account is not mounted.</exception>
    public static KubeOptions InCluster(string folder = AccountFolder, Func<string, string?>? environment = null)
    {
        environment ??= Environment.GetEnvironmentVariable;
        var host = environment("KUBERNETES_SERVICE_HOST");
        var port = environment("KUBERNETES_SERVICE_PORT");
        if (string.IsNullOrEmpty(host) || string.IsNullOrEmpty(port))
        {
            throw Refused("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set, so this is no pod of a cluster; outside of one give kubeconfig-file or kube-api-url");
        }

        var server = ServiceUri(host, port);
        return new KubeOptions
        {
            Server = server,
            Proxy = ProxyEnvironment.For(server, environment),
            Authorities = new PemSource("service account", Path.Combine(folder, "ca.crt")),
            Token = KubeToken.InFile("service account", Path.Combine(folder, "token")),
        };
    }

    private static Uri ServiceUri(string host, string port)
    {
        var isIPv6 = IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6;
        return ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            && Uri.TryCreate($"https://{(isIPv6 ? $"[{address}]" : host)}:{port}", UriKind.Absolute, out var server)
            ? server
            : throw Refused($"KUBERNETES_SERVICE_HOST {host} and KUBERNETES_SERVICE_PORT {port} are no address of a server");
    }

    private static KubeException Refused(string reason, Exception? inner = null) => new(reason, isTransient: false, inner);
}
