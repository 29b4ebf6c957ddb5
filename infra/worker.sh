#!/usr/bin/env bash
# Make this machine, which has a Docker engine and the sandbox images (infra/docker-host.sh), do stored submissions:
# `zuko worker` as a service of systemd. For systems with Python 3.12 among their packages, as root.
# It can be run again, after a change of the wheel or of the store for example.
#
#   infra/worker.sh all --store URL [options]     every step below, in this order
#   infra/worker.sh STEP... [options]             install | units | start
#
#   install      Zuko into DIRECTORY, from the wheels of --wheels; without them from the package index
#   units        systemd's units, and their environment: zuko-worker.service; with --group zuko-drain.service, which
#                ends the worker when the group is about to end this machine, and then lets it go on
#   start        the worker, now and at every boot
#
#   --store URL          ZUKO_STORE: where submissions are
#   --set NAME=VALUE     another variable of the worker, several times
#   --drain-s SECONDS    time for what runs when the worker is stopped (300)
#   --group NAME         Auto Scaling group of this machine
#   --hook NAME          its lifecycle hook for instances that end (drain)
#   --wheels DIR         wheels of Zuko and of what it needs (wheels beside the directory infra)
#   --directory DIR      installation (/opt/zuko/worker)
#   --units DIR          directory of systemd's units (/etc/systemd/system)
#   --environment FILE   variables of the worker (/etc/zuko/worker.env)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
store='' drain_s=300 group='' hook=drain directory=/opt/zuko/worker units=/etc/systemd/system
environment=/etc/zuko/worker.env wheels=$root/wheels
variables=()

step() { printf 'worker: %s\n' "$*"; }

die() {
    printf 'worker: %s\n' "$1" >&2
    exit "${2:-1}"
}

usage() {
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p;}' "${BASH_SOURCE[0]}"
    exit "$1"
}

has() { command -v "$1" >/dev/null 2>&1; }

# --- steps ----------------------------------------------------------------------------------------------------------

install_zuko() {
    local from=()
    if ! has python3.12; then
        if has dnf; then
            dnf install -qy python3.12
        elif has apt-get; then
            apt-get update -qq
            DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends python3.12-venv ||
                die 'install: this system has no package of Python 3.12: install one as python3.12'
        else
            die 'install: neither dnf nor apt-get is available: install Python 3.12 yourself'
        fi
    fi
    [ -d "$wheels" ] && from=(--no-index --find-links "$wheels")
    python3.12 -m venv --clear "$directory"
    "$directory/bin/pip" install --quiet --disable-pip-version-check "${from[@]}" 'zuko[aws]'
    step "install: $("$directory/bin/zuko" --version) in $directory"
}

# As root: anyone who reaches the engine's socket is root anyway, and only root reaches the instance's credentials
# (docker-host.sh). So the unit takes away what the worker does not need.
write_units() {
    local variable
    [ -n "$store" ] || die 'units: give --store'
    mkdir -p "$(dirname "$environment")"
    {
        printf 'ZUKO_STORE=%s\nZUKO_DRAIN_TIMEOUT_S=%s\n' "$store" "$drain_s"
        for variable in "${variables[@]}"; do printf '%s\n' "$variable"; done
    } >"$environment.new"
    chmod 600 "$environment.new" # a URL may have a password
    mv "$environment.new" "$environment"
    mkdir -p "$units"
    cat >"$units/zuko-worker.service" <<UNIT
[Unit]
Description=Zuko worker: does stored submissions on this machine's Docker engine
After=docker.service network-online.target
Wants=docker.service network-online.target

[Service]
EnvironmentFile=$environment
Environment=XDG_CACHE_HOME=/var/cache XDG_STATE_HOME=/var/lib
ExecStart=$directory/bin/zuko worker
Restart=always
RestartSec=5
# Submissions that run may end; the rest is given back, and no attempt is lost.
KillMode=mixed
TimeoutStopSec=$((drain_s + 30))
CacheDirectory=zuko
StateDirectory=zuko
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictSUIDSGID=yes
LockPersonality=yes

[Install]
WantedBy=multi-user.target
UNIT
    step "units: zuko-worker.service in $units, its variables in $environment"
    [ -z "$group" ] || write_drain
}

# The instance metadata says when the group is about to end this machine. The group waits for our word, or for the
# timeout of its hook.
write_drain() {
    cat >"$units/zuko-drain.sh" <<'SCRIPT'
#!/bin/sh
# End the worker when the Auto Scaling group is about to end this machine, and then let it.
# Usage: zuko-drain.sh GROUP HOOK
metadata=${ZUKO_METADATA:-http://169.254.169.254}
ask() { curl --silent --fail --max-time 5 "$@"; }
while sleep "${ZUKO_DRAIN_POLL_S:-5}"; do
    token=$(ask -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/latest/api/token") || continue
    header="X-aws-ec2-metadata-token: $token"
    state=$(ask -H "$header" "$metadata/latest/meta-data/autoscaling/target-lifecycle-state") || continue
    [ "$state" = Terminated ] || continue
    systemctl stop zuko-worker.service
    id=$(ask -H "$header" "$metadata/latest/meta-data/instance-id") || continue
    region=$(ask -H "$header" "$metadata/latest/meta-data/placement/region") || continue
    aws autoscaling complete-lifecycle-action --region "$region" --auto-scaling-group-name "$1" \
        --lifecycle-hook-name "$2" --instance-id "$id" --lifecycle-action-result CONTINUE && exit
done
SCRIPT
    cat >"$units/zuko-drain.service" <<UNIT
[Unit]
Description=End the Zuko worker before its Auto Scaling group ends this machine

[Service]
ExecStart=/bin/sh $units/zuko-drain.sh $group $hook
Restart=on-failure
RestartSec=5

[Install]
WantedBy=multi-user.target
UNIT
    step "units: zuko-drain.service, for the hook $hook of $group"
}

start_worker() {
    [ -d /run/systemd/system ] || die 'start: systemd is not running'
    systemctl daemon-reload
    systemctl enable --quiet zuko-worker.service
    systemctl restart zuko-worker.service
    if [ -n "$group" ]; then
        systemctl enable --quiet zuko-drain.service
        systemctl restart zuko-drain.service
    fi
    step 'start: the worker runs'
}

# --- arguments ------------------------------------------------------------------------------------------------------

steps=()
while [ $# -gt 0 ]; do
    case $1 in
        all) steps+=(install units start) && shift && continue ;;
        install | units | start) steps+=("$1") && shift && continue ;;
        --help) usage 0 ;;
        --store | --set | --drain-s | --group | --hook | --wheels | --directory | --units | --environment)
            [ -n "${2:-}" ] || die "$1 needs a value" ;;
        *) die "unknown argument $1 (see --help)" 2 ;;
    esac
    case $1 in
        --store) store=$2 ;;
        --set) variables+=("$2") ;;
        --drain-s) drain_s=$2 ;;
        --group) group=$2 ;;
        --hook) hook=$2 ;;
        --wheels) wheels=$2 ;;
        --directory) directory=$2 ;;
        --units) units=$2 ;;
        --environment) environment=$2 ;;
    esac
    shift 2
done
[ ${#steps[@]} -gt 0 ] || usage 2 >&2
# All are written unquoted into files of other formats.
case $directory$units$environment$group$hook in
    *[!A-Za-z0-9.:_/+-]*) die 'paths and names: plain letters only' ;;
esac
case $drain_s in '' | *[!0-9]*) die '--drain-s: not a whole number' ;; esac
[ "$(id -u)" = 0 ] || die 'only root can set up a worker'

for each in "${steps[@]}"; do
    case $each in
        install) install_zuko ;;
        units) write_units ;;
        start) start_worker ;;
    esac
done
