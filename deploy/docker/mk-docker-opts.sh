#!/bin/sh
# Turns flannel's subnet file into options for dockerd: one variable for each, and one with all of them.
# flannelctl docker-opts does the same without a shell.

usage() {
    cat >&2 <<EOF
usage: $0 [-f FILE] [-d FILE] [-i] [-c] [-k NAME] [-m]
  -f FILE  flannel's subnet file (/run/flannel/subnet.env); without it there are no options of flannel's
  -d FILE  where to write (/run/docker_opts.env)
  -i       only one variable for each option, such as DOCKER_OPT_MTU
  -c       only the variable with all options
  -k NAME  its name (DOCKER_OPTS)
  -m       without --ip-masq
EOF
    exit 1
}

fail() {
    echo "$0: $*" >&2
    exit 1
}

subnet_file=/run/flannel/subnet.env
output=/run/docker_opts.env
key=DOCKER_OPTS
with_each=true
with_all=true
with_masquerade=true
only_each=false
only_all=false

while getopts f:d:ick:mh option; do
    case $option in
        f) subnet_file=$OPTARG ;;
        d) output=$OPTARG ;;
        i) only_each=true ;;
        c) only_all=true ;;
        k) key=$OPTARG ;;
        m) with_masquerade=false ;;
        *) usage ;;
    esac
done
case $key in
    '' | [0-9]* | *[!A-Za-z0-9_]*) fail "-k: '$key' is no name of a variable" ;;
esac
# Both asked for is as none.
if [ $only_each != $only_all ]; then
    with_each=$only_each
    with_all=$only_all
fi

if [ -f "$subnet_file" ]; then
    # A name without a slash would be looked for in PATH.
    case $subnet_file in
        */*) ;;
        *) subnet_file=./$subnet_file ;;
    esac
    # shellcheck source=/dev/null
    . "$subnet_file"
fi

[ -z "${FLANNEL_SUBNET:-}" ] || DOCKER_OPT_BIP="--bip=$FLANNEL_SUBNET"
[ -z "${FLANNEL_MTU:-}" ] || DOCKER_OPT_MTU="--mtu=$FLANNEL_MTU"
# Whoever masquerades, it must be one of the two.
if $with_masquerade; then
    case ${FLANNEL_IPMASQ:-} in
        true) DOCKER_OPT_IPMASQ=--ip-masq=false ;;
        false) DOCKER_OPT_IPMASQ=--ip-masq=true ;;
        '') ;;
        *) fail "FLANNEL_IPMASQ is neither true nor false: $FLANNEL_IPMASQ" ;;
    esac
fi

# The caller's own are options too.
names=$(set | LC_ALL=C sed -n 's/^\([A-Za-z0-9_]*DOCKER_OPT_[A-Za-z0-9_]*\)=.*/\1/p' | LC_ALL=C sort)
eval "all=\${$key:-}"
all=${all:+$all }
: >"$output" || exit 1
for name in $names; do
    eval "value=\${$name:-}"
    ! $with_each || printf '%s="%s"\n' "$name" "$value" >>"$output"
    all="$all $value"
done
! $with_all || printf '%s="%s"\n' "$key" "$all" >>"$output"

# A route to this subnet through another host, and the bridge that dockerd makes would not be reached.
case ${FLANNEL_SUBNET:-} in
    *.*.*.*/*)
        address=${FLANNEL_SUBNET%/*}
        network=${address%.*}.$((${address##*.} - 1))/${FLANNEL_SUBNET#*/}
        route=$(ip route show | while IFS= read -r line; do
            case " $line " in *" $network "*"via "*) printf '%s\n' "$line" ;; esac
        done)
        [ -z "$route" ] || fail "Your routing table already contains the subnet: $route"
        ;;
esac
