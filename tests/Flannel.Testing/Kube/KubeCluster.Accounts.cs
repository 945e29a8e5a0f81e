using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Flannel.Linux;

namespace Flannel.Testing.Kube;

public sealed partial class KubeCluster
{
    private const string Issuer = "https://kubernetes.default.svc";

    // The server grants no token for less time than this, and honours one for the leeway after its end.
    private static readonly TimeSpan ShortestGrant = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Leeway = TimeSpan.FromMinutes(1);

    /// <summary>Runs <c>kubectl</c> as the administrator, from where the cluster is, and returns what it prints.</summary>
    /// <exception cref="InvalidOperationException">It ended with another code than 0.</exception>
    public async Task<string> KubectlAsync(IReadOnlyList<string> arguments, string? input = null)
    {
        var kubeconfig = Path.Combine(_folder, "admin.kubeconfig");
        WriteKubeconfig(kubeconfig, new KubeCredentials(_adminToken));
        var place = _options.Place is { } node ? new[] { $"--net={node.Netns.Path}" } : [];
        string[] command = ["--", await KubePrograms.KubectlAsync(), $"--kubeconfig={kubeconfig}", $"--cache-dir={_folder}/kubectl", .. arguments];
        var result = await Tool.RunAsync("nsenter", [.. place, .. command], input);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException($"kubectl {string.Join(' ', arguments)} ended with {result.ExitCode}: {result.Error}");
    }

    /// <summary>Makes or changes the objects of a manifest: service accounts, roles, bindings and what else it has.</summary>
    public Task<string> ApplyAsync(string manifest) => KubectlAsync(["apply", "-f", "-"], manifest);

    /// <summary>A token of a service account, as a pod gets one.</summary>
    /// <param name="namespaceName">The account's namespace.</param>
    /// <param name="account">The account's name.</param>
    /// <param name="lifetime">
    /// How long the server accepts it; an hour when null. What the server would not grant, less than ten minutes, is signed here with the cluster's own key. The server
    /// may accept a token it knows for ten seconds more.
    /// </param>
    /// <param name="secret">The name of a secret of the namespace it is bound to, made if need be: a token ends with what it is bound to.</param>
    public async Task<string> IssueTokenAsync(string namespaceName, string account, TimeSpan? lifetime = null, string? secret = null)
    {
        var bound = secret is null ? null : await EnsureSecretAsync(namespaceName, secret);
        var time = lifetime ?? TimeSpan.FromHours(1);
        if (time < ShortestGrant)
        {
            return await SignTokenAsync(namespaceName, account, time, bound);
        }

        var spec = new JsonObject { ["audiences"] = new JsonArray(Issuer), ["expirationSeconds"] = (long)time.TotalSeconds };
        if (bound is not null)
        {
            bound["kind"] = "Secret";
            bound["apiVersion"] = "v1";
            spec["boundObjectRef"] = bound;
        }

        var request = new JsonObject { ["apiVersion"] = "authentication.k8s.io/v1", ["kind"] = "TokenRequest", ["spec"] = spec };
        var answer = await Api.PostAsync($"/api/v1/namespaces/{namespaceName}/serviceaccounts/{account}/token", request);
        return answer.GetProperty("status").GetProperty("token").GetString()!;
    }

    /// <summary>Writes a kubeconfig file, as an administrator would hand it to a host.</summary>
    /// <param name="credentials">Who its user is.</param>
    /// <param name="endpoint">Another way to the API server, such as a <see cref="Relay"/>'s.</param>
    /// <returns>Its path.</returns>
    public string WriteKubeconfig(KubeCredentials credentials, Uri? endpoint = null)
    {
        var file = NewFile("kubeconfig");
        WriteKubeconfig(file, credentials, endpoint);
        return file;
    }

    /// <summary>Writes the folder that a pod finds at <c>/var/run/secrets/kubernetes.io/serviceaccount</c>: <c>token</c>, <c>ca.crt</c> and <c>namespace</c>.</summary>
    /// <returns>Its path.</returns>
    public string WriteAccountFolder(string namespaceName, string token)
    {
        var folder = NewFile("account");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "token"), token);
        File.WriteAllText(Path.Combine(folder, "namespace"), namespaceName);
        File.Copy(_authority.CaFile, Path.Combine(folder, "ca.crt"));
        return folder;
    }

    private async Task<JsonObject> EnsureSecretAsync(string namespaceName, string name)
    {
        var path = $"/api/v1/namespaces/{namespaceName}/secrets";
        var found = await Api.TrySendAsync(HttpMethod.Get, $"{path}/{name}");
        var secret = found.IsSuccess
            ? found.Body
            : await Api.PostAsync(path, new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Secret", ["metadata"] = new JsonObject { ["name"] = name } });
        return new JsonObject { ["name"] = name, ["uid"] = secret.GetProperty("metadata").GetProperty("uid").GetString() };
    }

    private async Task<string> SignTokenAsync(string namespaceName, string account, TimeSpan lifetime, JsonObject? secret)
    {
        var metadata = (await Api.GetAsync($"/api/v1/namespaces/{namespaceName}/serviceaccounts/{account}")).GetProperty("metadata");
        var end = TimeProvider.System.GetUtcNow() + lifetime - Leeway;
        var binding = new JsonObject
        {
            ["namespace"] = namespaceName,
            ["serviceaccount"] = new JsonObject { ["name"] = account, ["uid"] = metadata.GetProperty("uid").GetString() },
        };
        if (secret is not null)
        {
            binding["secret"] = secret;
        }

        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["aud"] = new JsonArray(Issuer),
            ["sub"] = $"system:serviceaccount:{namespaceName}:{account}",
            ["iat"] = (end - TimeSpan.FromHours(1)).ToUnixTimeSeconds(),
            ["nbf"] = (end - TimeSpan.FromHours(1)).ToUnixTimeSeconds(),
            ["exp"] = end.ToUnixTimeSeconds(),
            ["kubernetes.io"] = binding,
        };
        var signed = $"{Encode("""{"alg":"ES256","typ":"JWT"}""")}.{Encode(claims.ToJsonString())}";
        return $"{signed}.{Base64Url.EncodeToString(_accountKey.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    private void WriteKubeconfig(string file, KubeCredentials credentials, Uri? endpoint = null) => File.WriteAllText(file, $$"""
        apiVersion: v1
        kind: Config
        current-context: test
        contexts:
        - name: test
          context: { cluster: test, user: test }
        clusters:
        - name: test
          cluster:
            server: {{(endpoint ?? Endpoint).GetLeftPart(UriPartial.Authority)}}
            certificate-authority-data: {{Convert.ToBase64String(File.ReadAllBytes(_authority.CaFile))}}
        users:
        - name: test
          user: {{User(credentials).ToJsonString()}}
        """);

    private static JsonObject User(KubeCredentials credentials)
    {
        var user = new JsonObject();
        foreach (var (name, value) in new[]
        {
            ("token", credentials.Token), ("tokenFile", credentials.TokenFile),
            ("client-certificate", credentials.Certificate?.CertFile), ("client-key", credentials.Certificate?.KeyFile),
        })
        {
            if (value is not null)
            {
                user[name] = value;
            }
        }

        return user;
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private string NewFile(string purpose) => Path.Combine(_folder, $"{purpose}-{Guid.NewGuid():n}");
}
