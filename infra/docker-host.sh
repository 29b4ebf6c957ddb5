#!/usr/bin/env bash
# Make this machine a Docker host for Zuko: an engine that is reached by TLS with certificates on both sides, runs
# containers without any network, and has the sandbox images. For Amazon Linux 2023, Debian and Ubuntu, as root.
# It can be run again, after a change of certificates or images for example.
#
#   infra/docker-host.sh all [options]            every step below, in this order
#   infra/docker-host.sh STEP... [options]        install | configure | units | apparmor | start | images | check
#
#   install      the engine, from the distribution
#   configure    DIRECTORY/daemon.json, DIRECTORY/tls/{ca,cert,key}.pem
#   units        systemd's units: the engine reads only daemon.json, no user but root reaches the instance
#                metadata, what a killed engine left running is ended, and containers that were left are removed
#   apparmor     the profile of sandboxes, infra/apparmor/zuko-cell, now and at every boot, where AppArmor is on
#   start        the engine, now and at every boot
#   images       loaded from --images; if that is missing, those of --languages, built from this script's repository
#   check        a container of each language starts; the engine refuses clients without a certificate
#
#   --certs DIR          certificates of scripts/certs.sh: ca.pem, server-cert.pem, server-key.pem
#   --secret ID          or from AWS Secrets Manager, stored by scripts/certs.sh --host-secret
#   --listen ADDRESS     address for clients (0.0.0.0:2376); none: only this machine's, such as infra/worker.sh
#   --directory DIR      directory of the configuration (/etc/docker)
#   --units DIR          directory of systemd's units (/etc/systemd/system)
#   --profiles DIR       directory of AppArmor's profiles (/etc/apparmor.d)
#   --images FILE        output of `docker save`, compressed or not (images.tar.gz beside the directory infra)
#   --languages LIST     languages of the host, separated by commas, or all (python)
set -euo pipefail
umask 077 # keys are never readable by others, not even while they are written

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
certs='' secret='' listen=0.0.0.0:2376 directory=/etc/docker units=/etc/systemd/system profiles=/etc/apparmor.d
images=$root/images.tar.gz
languages=python
METADATA=169.254.169.254 # of EC2 instances, and of machines in other clouds

step() { printf 'docker-host: %s\n' "$*"; }

die() {
    printf 'docker-host: %s\n' "$1" >&2
    exit "${2:-1}"
}

usage() {
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p;}' "${BASH_SOURCE[0]}"
    exit "$1"
}

has() { command -v "$1" >/dev/null 2>&1; }

# Each language and its image, built from docker/NAME.Dockerfile. Written by scripts/generate.
LANGUAGES='python zuko-python:3.12
python@3.13 zuko-cpython:3.13
pypy zuko-pypy:3.11
python-data zuko-python-data:3.12
cpp zuko-cpp:14
cpp17 zuko-cpp:14
cpp23 zuko-cpp:14
c zuko-cpp:14
java zuko-java:21
java@25 zuko-java:25
clojure zuko-clojure:1.12
kotlin zuko-kotlin:2.2
javascript zuko-javascript:20
typescript zuko-typescript:4.9
go zuko-go:1.24
rust zuko-rust:1
ruby zuko-scripts:13
php zuko-scripts:13
perl zuko-scripts:13
lua zuko-scripts:13
bash zuko-scripts:13
awk zuko-scripts:13
tcl zuko-scripts:13
scheme zuko-scripts:13
sqlite zuko-scripts:13
fortran zuko-gcc:14
ada zuko-gcc:14
d zuko-gcc:14
pascal zuko-gcc:14
ocaml zuko-gcc:14
vala zuko-gcc:14
cobol zuko-gcc:14
nasm zuko-gcc:14
haskell zuko-haskell:9.6
csharp zuko-mono:6.12
prolog zuko-symbolic:13
lisp zuko-symbolic:13
erlang zuko-beam:27
elixir zuko-beam:27
r zuko-r:4.5'

# Print the images of --languages, one per line, each once.
images_of_languages() {
    awk -v wanted="$languages" '
        { image[$1] = $2; order[++count] = $1 }
        END {
            if (wanted == "all") for (i = 1; i <= count; i++) name[i] = order[i]
            else count = split(wanted, name, ",")
            for (i = 1; i <= count; i++) {
                if (!(name[i] in image)) exit 1
                if (!seen[image[name[i]]]++) print image[name[i]]
            }
        }' <<<"$LANGUAGES"
}

# --- steps ----------------------------------------------------------------------------------------------------------

install_engine() {
    if has dockerd && has iptables; then
        step "install: $(dockerd --version) is installed"
    elif has dnf; then
        dnf install -qy docker iptables-nft procps-ng
    elif has apt-get; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends docker.io iptables apparmor curl procps
    else
        die 'install: neither dnf nor apt-get is available: install a Docker engine and iptables yourself'
    fi
}

# Write to a new directory first, so that the engine never finds a key without its certificate. Keys are not passed as arguments.
configure_certificates() {
    local tls=$directory/tls
    rm -rf "$tls.new"
    mkdir -p "$tls.new"
    if [ -n "$secret" ]; then
        aws secretsmanager get-secret-value --secret-id "$secret" --query SecretString --output text |
            python3 -c '
import json, pathlib, sys
try:
    value = json.load(sys.stdin)
    for name in ("ca", "cert", "key"):
        pathlib.Path(sys.argv[1], f"{name}.pem").write_text(value[name])
except (ValueError, KeyError, TypeError):
    sys.exit(1)  # without any of its content
' "$tls.new" || die "configure: secret $secret cannot be read, or is not a JSON object with ca, cert and key"
    elif [ -n "$certs" ]; then
        cat "$certs/ca.pem" >"$tls.new/ca.pem"
        cat "$certs/server-cert.pem" >"$tls.new/cert.pem"
        cat "$certs/server-key.pem" >"$tls.new/key.pem"
    elif [ -s "$tls/key.pem" ]; then
        rm -r "$tls.new"
        return
    else
        die 'configure: there are no certificates yet: give --certs or --secret'
    fi
    rm -rf "$tls"
    mv "$tls.new" "$tls"
}

# hosts: fd:// is the local socket that systemd opens, for administration. TCP requires a client certificate of the CA;
#     there is no port without TLS.
# bridge, iptables, ip-forward, ...: sandboxes have no network, so the engine sets none up. Without iptables it refuses
#     "icc": false, which is not needed without a bridge.
# live-restore: a sandbox without its engine is useless, as its result cannot be received. An engine that
#     ends takes its containers along; those of one that was killed are ended before it is back (units).
# log-driver: the output of programs goes to the client, and never to this disk.
configure() {
    local hosts='"hosts": ["fd://"],'
    if [ "$listen" = none ]; then
        mkdir -p "$directory"
    else
        configure_certificates
        hosts='"hosts": ["fd://", "tcp://'$listen'"],
  "tlsverify": true,
  "tlscacert": "'$directory'/tls/ca.pem",
  "tlscert": "'$directory'/tls/cert.pem",
  "tlskey": "'$directory'/tls/key.pem",'
    fi
    cat >"$directory/daemon.json.new" <<CONFIG
{
  $hosts
  "bridge": "none",
  "iptables": false,
  "ip6tables": false,
  "ip-forward": false,
  "ip-masq": false,
  "userland-proxy": false,
  "live-restore": false,
  "log-driver": "none"
}
CONFIG
    if [ -e "$directory/daemon.json" ] && ! cmp -s "$directory/daemon.json" "$directory/daemon.json.new"; then
        step "configure: the former daemon.json is $directory/daemon.json.before"
        mv "$directory/daemon.json" "$directory/daemon.json.before"
    fi
    mv "$directory/daemon.json.new" "$directory/daemon.json"
    step "configure: $directory/daemon.json, for $listen"
}

# The packages' units start the engine with -H fd://, which it refuses together with "hosts": only daemon.json decides.
#
# Instance metadata has credentials. A sandbox has no network to reach it; if a program escaped, its user would not be
# allowed to. The rule is part of the engine's unit, so that no engine runs without it.
#
# The service removes its sandboxes itself, except those that it created but had not started when it was killed.
write_units() {
    local rule="OUTPUT -d $METADATA -m owner ! --uid-owner 0 -j REJECT"
    umask 022 # no secrets here
    mkdir -p "$units/docker.service.d"
    cat >"$units/docker.service.d/zuko-leftovers.sh" <<'SCRIPT'
# End the containers that a killed engine left running, before it starts again.
# Usage: zuko-leftovers.sh [SOCKET OF CONTAINERD]
#
# Containers survive their engine: each has a containerd-shim, which also holds its standard input open. An engine that
# finds one alive at its start kills it, and if it has auto-remove, two parts of the engine act on its end at the same
# time (moby: handleContainerExit removes it, daemon.restore saves it as dead). With a slow disk the removal is over
# before the save: the engine then lists a container that it cannot remove, until its next start. An engine that finds
# it ended removes it in one place. A container that was being started has not been recorded as running: the engine
# forgets it, and its processes would stay.
export CONTAINERD_ADDRESS="${1:-/run/containerd/containerd.sock}" CONTAINERD_NAMESPACE=moby
ctr='ctr --timeout 20s'

shims() { pgrep -u root -f "containerd-shim.* -namespace moby .*-address $CONTAINERD_ADDRESS\$"; }

round=0
while shims >/dev/null && [ $((round += 1)) -le 20 ]; do
    $ctr tasks ls --quiet | xargs -r $ctr tasks rm --force
    # containerd has forgotten a container that it was creating when the engine was killed: end that one by its shim,
    # after all its children. Not in the first round, as the shims of the others are still ending.
    [ "$round" = 1 ] || for shim in $(shims); do
        pkill -KILL -P "$shim" || kill -KILL "$shim"
    done
    sleep 0.2
done
$ctr containers ls --quiet | xargs -r $ctr containers rm
SCRIPT
    cat >"$units/docker.service.d/zuko.conf" <<UNIT
[Service]
ExecStartPre=/bin/sh -c 'iptables -w -C $rule 2>/dev/null || iptables -w -I $rule'
ExecStartPre=-/bin/sh $units/docker.service.d/zuko-leftovers.sh
ExecStart=
ExecStart=$(command -v dockerd) --config-file $directory/daemon.json --containerd /run/containerd/containerd.sock
UNIT
    cat >"$units/zuko-prune.service" <<UNIT
[Unit]
Description=Remove sandboxes of Zuko that were never started
After=docker.service
Requisite=docker.service

[Service]
Type=oneshot
ExecStart=$(command -v docker) container prune --force --filter label=zuko.managed --filter until=10m
UNIT
    cat >"$units/zuko-prune.timer" <<UNIT
[Unit]
Description=Remove sandboxes of Zuko that were never started

[Timer]
OnCalendar=*:0/5

[Install]
WantedBy=timers.target
UNIT
    umask 077
    step "units: docker.service.d/zuko.conf and zuko-leftovers.sh, zuko-prune.service and .timer in $units"
}

# Without it each submission gets a container. AppArmor is part of the kernels of Debian and Ubuntu. Without its package
# the engine uses no profiles. Parsers of 3.x, as Debian 12's, do not know some rules that newer kernels need.
load_profile() {
    local text
    if ! has apparmor_parser || ! aa-enabled --quiet; then
        step 'apparmor: AppArmor is off here, so no profile is needed'
        return
    fi
    text=$(cat "$root/infra/apparmor/zuko-cell") || die 'apparmor: the profile is not beside this script'
    apparmor_parser --skip-kernel-load --skip-cache <<<"$text" >/dev/null 2>&1 ||
        text=$(sed '/# since 4.0$/d' <<<"$text")
    apparmor_parser --replace --skip-cache <<<"$text" ||
        die 'apparmor: the profile cannot be loaded (above); without it each submission gets a container'
    (umask 022 && mkdir -p "$profiles" && cat <<<"$text" >"$profiles/zuko-cell") # for every boot
    step "apparmor: $profiles/zuko-cell is loaded"
}

start_engine() {
    [ -d /run/systemd/system ] || die 'start: systemd is not running'
    systemctl daemon-reload
    systemctl enable --quiet docker.service zuko-prune.timer
    systemctl restart docker.service zuko-prune.timer || {
        journalctl --unit docker.service --lines 20 --no-pager --output cat >&2
        die 'start: the engine does not start (above)'
    }
    step 'start: the engine runs'
}

# Building installs packages, with the host's network, as the engine has no other. The builds' layers are several times
# the size of the images, and removed because images are not built here again.
get_images() {
    local image name
    if [ -e "$images" ]; then
        docker load --quiet --input "$images"
    elif [ -d "$root/docker" ]; then
        for image in $IMAGES; do
            name=${image%:*}
            set -- --file "$root/docker/${name#zuko-}.Dockerfile"
            ! grep -q '^ARG VERSION' "$2" || set -- "$@" --build-arg "VERSION=${image#*:}" # that of several versions
            docker build --quiet --network host "$@" --tag "$image" "$root"
        done
        docker image prune --force >/dev/null
        docker builder prune --force --all >/dev/null # BuildKit has a cache of its own
    else
        die "images: there is neither $images to load nor $root/docker to build from"
    fi
    for image in $IMAGES; do
        name=$(docker image inspect --format '{{.Id}} {{.Architecture}}' "$image" 2>/dev/null) ||
            die "images: $images does not contain $image, which --languages $languages needs"
        step "images: $name is $image"
    done
}

check() {
    local image
    for image in $IMAGES; do
        # The supervisor sends its hello, and ends at the end of its input.
        docker run --rm --interactive --network none "$image" </dev/null | head -c 64 | grep -qa . ||
            die "check: no container of $image starts"
    done
    if [ "$listen" = none ]; then
        step 'check: containers start, and no port is open'
        return
    fi
    local url=https://127.0.0.1:${listen##*:}/_ping status=0
    case $listen in 0.0.0.0:* | \[::\]:*) ;; *) url=https://$listen/_ping ;; esac
    curl --silent --insecure --max-time 10 --output /dev/null "$url" || status=$?
    # curl's exit codes for a refused handshake are 35 and 56, with TLS 1.2 and 1.3.
    case $status in
        35 | 56) step "check: containers start, and $listen requires a certificate" ;;
        0) die "check: the engine on $listen did not require a certificate" ;;
        *) die "check: no engine on $listen (curl ended with $status)" ;;
    esac
}

# --- arguments ------------------------------------------------------------------------------------------------------

steps=()
while [ $# -gt 0 ]; do
    case $1 in
        all) steps+=(install configure units apparmor start images check) && shift && continue ;;
        install | configure | units | apparmor | start | images | check) steps+=("$1") && shift && continue ;;
        --help) usage 0 ;;
        --certs | --secret | --listen | --directory | --units | --profiles | --images | --languages) [ -n "${2:-}" ] || die "$1 needs a value" ;;
        *) die "unknown argument $1 (see --help)" 2 ;;
    esac
    case $1 in
        --certs) certs=$2 ;;
        --secret) secret=$2 ;;
        --listen) listen=$2 ;;
        --directory) directory=$2 ;;
        --units) units=$2 ;;
        --profiles) profiles=$2 ;;
        --images) images=$2 ;;
        --languages) languages=$2 ;;
    esac
    shift 2
done
[ ${#steps[@]} -gt 0 ] || usage 2 >&2
# All are written unquoted into files of other formats.
case $directory in /*) ;; *) directory=$PWD/$directory ;; esac
case $units in /*) ;; *) units=$PWD/$units ;; esac
case $directory$units$listen in
    *[!][A-Za-z0-9.:_/+-]*) die "--directory $directory --units $units --listen $listen: plain letters only" ;;
esac
IMAGES=$(images_of_languages) || die "--languages $languages: unknown; supported:$(awk '{ printf " %s", $1 }' <<<"$LANGUAGES")"
[ "$(id -u)" = 0 ] || die 'only root can set up a Docker host'

for each in "${steps[@]}"; do
    case $each in
        install) install_engine ;;
        configure) configure ;;
        units) write_units ;;
        apparmor) load_profile ;;
        start) start_engine ;;
        images) get_images ;;
        check) check ;;
    esac
done
