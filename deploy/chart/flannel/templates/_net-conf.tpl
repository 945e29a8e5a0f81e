{{- /*
The network configuration, from the values. An option that is 0, false, empty or absent is left to the daemon's default.
*/}}
{{- define "flannel.netConf" -}}
{{- $conf := dict "Backend" (include "flannel.backend" . | fromJson) -}}
{{- if .Values.podCidr -}}
{{- $_ := set $conf "Network" .Values.podCidr -}}
{{- else -}}
{{- $_ := set $conf "EnableIPv4" false -}}
{{- end -}}
{{- if .Values.podCidrv6 -}}
{{- $_ := set $conf "EnableIPv6" true -}}
{{- $_ := set $conf "IPv6Network" .Values.podCidrv6 -}}
{{- end -}}
{{- if .Values.flannel.enableNFTables -}}
{{- $_ := set $conf "EnableNFTables" true -}}
{{- end -}}
{{- $conf | toPrettyJson -}}
{{- end -}}

{{- /* The part of it that belongs to the backend. */}}
{{- define "flannel.backend" -}}
{{- $values := .Values.flannel -}}
{{- $options := dict
  "vxlan" (dict "backendPort" "Port" "mtu" "MTU" "vni" "VNI" "GBP" "GBP" "directRouting" "DirectRouting" "macPrefix" "MacPrefix")
  "udp" (dict "backendPort" "Port")
  "wireguard" (dict "backendPort" "ListenPort" "backendPortv6" "ListenPortV6" "mtu" "MTU" "psk" "PSK" "tunnelMode" "Mode"
    "keepaliveInterval" "PersistentKeepaliveInterval")
-}}
{{- $backend := dict "Type" $values.backend -}}
{{- range $value, $option := get $options $values.backend | default dict -}}
{{- with get $values $value -}}
{{- $_ := set $backend $option . -}}
{{- end -}}
{{- end -}}
{{- $backend | toJson -}}
{{- end -}}
