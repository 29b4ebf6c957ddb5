#!/usr/bin/env bash
# Runs the Lambda function of template.yaml on this machine, as `sam local` does it, with this machine's Docker engine
# as its Docker host:
#
#   scripts/sam-local.sh start-api [OPTION...]    serves the API on http://127.0.0.1:3000 until Ctrl-C (or SIGTERM)
#   scripts/sam-local.sh invoke EVENT.json...     one invocation for each event; prints its answer, one line of JSON
#
#   BUILT=DIR    a package that `scripts/sam.sh build --build-dir DIR` has made: it is copied, instead of made again
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
sam='' door='' function_namespace=''
SAM_ENDS_S=20 # its container has three of them
DOOR_ENDS_S=5

# end PID SECONDS WHAT ends a job of ours by SIGTERM, and its whole group where that is not enough.
end() {
    local tries=$(($2 * 10))
    disown "$1" 2>/dev/null || true # else bash says that it was terminated
    kill "$1" 2>/dev/null || return 0
    while kill -0 "$1" 2>/dev/null; do
        if [ $((tries -= 1)) -lt 0 ]; then
            say end "$3 did not end within $2 s of SIGTERM, and is killed"
            kill -KILL -- "-$1" 2>/dev/null || true
            break
        fi
        sleep 0.1
    done
}

# The containers that the function runs in: they mount its package.
function_containers() { docker ps --all --quiet --filter "volume=$work/build/ApiFunction"; }

# The function is killed, as Lambda does it, and the sandbox that it had created ahead would stay. Zuko's label says
# whose it is by process and process namespace; the namespace is asked for while the function lives. Its number may be
# another container's soon after, so this is done at once.
remove_containers() {
    local id owner ids=()
    while read -r id; do ids+=("$id"); done < <(function_containers)
    [ ${#ids[@]} = 0 ] || docker rm --force "${ids[@]}" >/dev/null 2>&1 || true
    [ -n "$function_namespace" ] || return 0
    ids=()
    while read -r id owner; do
        case $owner in */"$function_namespace"/*) ids+=("$id") ;; esac
    done < <(docker ps --all --filter label=zuko.engine.owner --format '{{.ID}} {{.Label "zuko.engine.owner"}}')
    [ ${#ids[@]} = 0 ] || docker rm --force "${ids[@]}" >/dev/null 2>&1 || true
    function_namespace=''
}

finish() {
    trap '' HUP INT TERM
    [ -z "$sam" ] || end "$sam" $SAM_ENDS_S sam
    remove_containers
    [ -z "$door" ] || end "$door" $DOOR_ENDS_S 'the door to the engine'
    rm -rf "$work"
}
# A shell cannot catch a signal that was ignored when it began: SIGINT, where a script starts this with `&`.
trap finish EXIT
trap 'exit 129' HUP
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
if [ -n "${BUILT:-}" ]; then
    say function "the package in $BUILT"
    cp -R "$BUILT" "$work/build"
else
    say function 'sam build'
    if ! scripts/sam.sh build --build-dir "$work/build" >"$work/log" 2>&1; then
        cat "$work/log" >&2
        exit 1
    fi
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
    local tries=200 status=0
    until note_function || [ $((tries -= 1)) -lt 0 ] || ! kill -0 $sam 2>/dev/null; do sleep 0.3; done
    wait $sam || status=$?
    sam=''
    remove_containers
    return $status
}

# Whose sandboxes are the function's (remove_containers); false as long as there is no container that can be asked.
note_function() {
    local id
    id=$(function_containers)
    [ -n "$id" ] || return 1
    function_namespace=$(docker exec "${id%%[[:space:]]*}" readlink /proc/self/ns/pid 2>/dev/null)
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
