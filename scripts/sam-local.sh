#!/usr/bin/env bash
# Runs the Lambda function of template.yaml on this machine, as `sam local` does it, with this machine's Docker engine
# as its Docker host:
#
#   scripts/sam-local.sh start-api [OPTION...]    serves the API on http://127.0.0.1:3000 until Ctrl-C
#   scripts/sam-local.sh invoke EVENT.json...     one invocation for each event; prints its answer, one line of JSON
#
# A container can't see the engine's socket, and a plain TCP port before it would make every container root on this
# machine. So the engine is given a door for the time of this command: TLS on the address of Docker's own bridge, open
# to the one certificate that is made for this run and goes into the function's package. That package is built apart
# from `sam build`'s own, so that no key is ever deployed, and all of it is removed at the end.
set -euo pipefail
set -m # jobs in groups of their own: Ctrl-C comes here first, and `sam` removes its containers before the door shuts
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p;}' "$0"
    exit 2
}
case ${1:-} in start-api) ;; invoke) [ $# -gt 1 ] || usage ;; *) usage ;; esac
say() { printf '%-8s %s\n' "$1:" "$2" >&2; }

# The function needs none of a developer's credentials, and `sam local` would pass them on to it.
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE
export AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_CONFIG_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
export AWS_DEFAULT_REGION=us-east-1

# --- what is removed at the end -------------------------------------------------------------------------------------

mkdir -p .aws-sam
work=$PWD/$(mktemp -d .aws-sam/local.XXXXXX) # below this directory, because not every engine can mount others
sam='' door=''

finish() {
    trap '' INT TERM
    local pid
    for pid in $sam $door; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- the door to the engine -----------------------------------------------------------------------------------------

open_door() {
    local address=127.0.0.1 python # Docker Desktop leads host.docker.internal to this machine's loopback
    if [ "$(uname -s)" = Linux ]; then
        # What the function will know the name by; the engine's own description of the bridge may leave it out.
        address=$(docker run --rm --add-host door:host-gateway --entrypoint cat zuko-lambda:3.12 /etc/hosts |
            awk '$2 == "door" { print $1 }')
    fi
    scripts/certs.sh --directory "$work/certs" --hosts host.docker.internal --days 1 >&2
    python=$PWD/.venv/bin/python
    [ -x "$python" ] || python=python3
    mkfifo "$work/port"
    "$python" scripts/tls_proxy.py "$work/certs" "$address" >"$work/port" &
    door=$!
    read -r port <"$work/port" || exit 1 # it has said why
    say engine "TLS on $address:$port, for this run's certificate"
}

docker/make-lambda-image.sh >&2
open_door
say function 'sam build'
if ! scripts/sam.sh build --build-dir "$work/build" >"$work/log" 2>&1; then
    cat "$work/log" >&2
    exit 1
fi
mkdir -m 0700 "$work/build/ApiFunction/certs"
cp "$work"/certs/{ca,cert,key}.pem "$work/build/ApiFunction/certs/"
# Instead of a secret. `sam local` can neither add a variable to the template's nor take one away.
sed -e '/ ZUKO_DOCKER_SECRET:$/{' -e N -e 's|ZUKO_DOCKER_SECRET:.*|DOCKER_CERT_PATH: /var/task/certs|' -e '}' \
    "$work/build/template.yaml" >"$work/build/local.yaml"

# --- the function ---------------------------------------------------------------------------------------------------

architecture=$(uname -m | sed s/aarch64/arm64/)

local_sam() {
    scripts/sam.sh local "$@" --config-file "$PWD/samconfig.toml" --template "$work/build/local.yaml" \
        --parameter-overrides "DockerHost=tcp://host.docker.internal:$port" "Architecture=$architecture" &
    sam=$!
    wait $sam
    sam=''
}

if [ "$1" = start-api ]; then
    say function 'starting its environment; Ctrl-C ends and removes all of it'
    local_sam start-api "${@:2}"
else
    for event in "${@:2}"; do
        local_sam invoke ApiFunction --event "$event"
        echo # which `sam` leaves out
    done
fi
