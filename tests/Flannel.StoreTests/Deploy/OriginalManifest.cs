namespace Flannel.StoreTests.Deploy;

/// <summary>Objects with the names, labels and containers that a cluster has which runs the original flannel, as kubernetes-deploy.md §2 lists them.</summary>
internal static class OriginalManifest
{
    /// <param name="selector">Labels in YAML's flow style. Released manifests of the original have two, its repository's manifest and its chart have one.</param>
    public static string WithSelector(string selector) => $$$"""
        apiVersion: v1
        kind: Namespace
        metadata: { name: kube-flannel, labels: { k8s-app: flannel, pod-security.kubernetes.io/enforce: privileged } }
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: { name: flannel, namespace: kube-flannel, labels: { k8s-app: flannel } }
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: kube-flannel-cfg, namespace: kube-flannel, labels: { tier: node, app: flannel, k8s-app: flannel } }
        data:
          cni-conf.json: '{ "name": "cbr0" }'
          net-conf.json: '{ "Network": "10.244.0.0/16" }'
        ---
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: { name: kube-flannel-ds, namespace: kube-flannel, labels: { tier: node, app: flannel, k8s-app: flannel } }
        spec:
          selector: { matchLabels: { {{{selector}}} } }
          template:
            metadata: { labels: { tier: node, {{{selector}}} } }
            spec:
              affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [ { matchExpressions: [ { key: kubernetes.io/os, operator: In, values: [ linux ] } ] } ] } } }
              hostNetwork: true
              priorityClassName: system-node-critical
              tolerations: [ { operator: Exists, effect: NoSchedule } ]
              serviceAccountName: flannel
              initContainers:
              - name: install-cni-plugin
                image: original/plugin:v1
                command: [ cp ]
                args: [ -f, /flannel, /opt/cni/bin/flannel ]
                volumeMounts: [ { name: cni-plugin, mountPath: /opt/cni/bin } ]
              - name: install-cni
                image: original/flannel:v1
                command: [ /opt/bin/install-conf ]
                args: [ /etc/kube-flannel/cni-conf.json, /etc/cni/net.d/10-flannel.conflist ]
                volumeMounts: [ { name: cni, mountPath: /etc/cni/net.d }, { name: flannel-cfg, mountPath: /etc/kube-flannel/ } ]
              containers:
              - name: kube-flannel
                image: original/flannel:v1
                command: [ /opt/bin/flanneld ]
                args: [ --ip-masq, --kube-subnet-mgr ]
                resources: { requests: { cpu: 100m, memory: 50Mi } }
                securityContext: { privileged: false, capabilities: { add: [ NET_ADMIN, NET_RAW ] } }
                env: [ { name: EVENT_QUEUE_DEPTH, value: "5000" } ]
                volumeMounts: [ { name: run, mountPath: /run/flannel }, { name: flannel-cfg, mountPath: /etc/kube-flannel/ }, { name: xtables-lock, mountPath: /run/xtables.lock } ]
              volumes:
              - { name: run, hostPath: { path: /run/flannel } }
              - { name: cni-plugin, hostPath: { path: /opt/cni/bin } }
              - { name: cni, hostPath: { path: /etc/cni/net.d } }
              - { name: flannel-cfg, configMap: { name: kube-flannel-cfg } }
              - { name: xtables-lock, hostPath: { path: /run/xtables.lock, type: FileOrCreate } }

        """;
}
