{{- /* What a container that only copies files needs: nothing. */}}
{{- define "flannel.noPrivileges" -}}
securityContext:
  allowPrivilegeEscalation: false
  capabilities:
    drop: [ALL]
  privileged: false
  readOnlyRootFilesystem: true
{{- end -}}

{{- /* A probe of the health server; takes a list of path and settings, of which the settings win. */}}
{{- define "flannel.probe" -}}
{{- $asked := dict "httpGet" (dict "path" (index . 0) "port" "healthz") -}}
{{- mustMergeOverwrite $asked (index . 1 | default dict | deepCopy) | toYaml -}}
{{- end -}}

{{- define "flannel.netpol" -}}
- name: kube-network-policies
  image: {{ .Values.netpol.image.repository }}:{{ .Values.netpol.image.tag }}
  command:
  - /bin/netpol
  {{- with .Values.netpol.args }}
  args:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  env:
  - name: MY_NODE_NAME
    valueFrom:
      fieldRef:
        fieldPath: spec.nodeName
  resources:
    requests:
      cpu: 100m
      memory: 50Mi
  securityContext:
    capabilities:
      add: [NET_ADMIN]
    privileged: true
  volumeMounts:
  - name: lib-modules
    mountPath: /lib/modules
    readOnly: true
{{- end -}}
