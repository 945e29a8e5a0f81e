# What the scripts at the root share. Sourced, never run.

say() {
    if [ -t 2 ]; then printf '\033[1m%s\033[0m\n' "$*" >&2; else printf '%s\n' "$*" >&2; fi
}

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

is_root() { [ "$(id -u)" -eq 0 ]; }

# need_packages PACKAGE...: installs the Debian packages that are missing; without root, names them and ends.
need_packages() {
    local package missing=()
    for package in "$@"; do
        dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || die "these Debian packages, or what they contain, are missing: ${missing[*]}"
    is_root || die "missing packages; as root: apt-get install --no-install-recommends ${missing[*]}"
    say "installing ${missing[*]}"
    apt-get update -qq
    without_services env DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# need_kube_servers: the programs of Kubernetes, built if need be, are from here on in the environment: KUBE_APISERVER, KUBE_CONTROLLER_MANAGER, KUBECTL.
need_kube_servers() {
    local found line
    found=$(tests/kube-servers)
    while IFS= read -r line; do export "${line?}"; done <<<"$found"
}

# without_services COMMAND...: Debian starts a server as soon as it is installed; etcd's must not take the default ports of this machine.
without_services() {
    local masked=false
    if [ -d /run/systemd/system ] && ! systemctl cat etcd >/dev/null 2>&1; then
        systemctl mask --runtime --quiet etcd.service && masked=true
    fi
    RUNLEVEL=1 "$@"
    if $masked; then systemctl unmask --runtime --quiet etcd.service; fi
}
