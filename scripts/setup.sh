#!/usr/bin/env bash
# Sets up what Zuko needs, step by step; what is there already is left as it is, so a second run takes a moment.
#
#   scripts/setup.sh          uv, CPython 3.12, the locked dependencies, a Docker engine; as root also the AppArmor profile
#                             of sandboxes, where AppArmor is on
#   scripts/setup.sh tools    only the first three
#   scripts/setup.sh check    those, and a C compiler: the supervisor is also tested on its own, under sanitizers
#   scripts/setup.sh test     everything, a C compiler, the AWS SAM command line, which checks template.yaml and runs the
#                             Lambda function, and clients of other systems
#
# The images are built by `zuko images build`.
#
# Writes .tools/env, which `make` sources: UV, the uv to use, and its directory at the end of PATH; DOCKER_HOST, where
# the engine is not at the usual socket. Works with the bash 3.2 of macOS.
#
#   MIN_FREE_MB    refuse to install an engine with less free disk than this (3000)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

MIN_FREE_MB=${MIN_FREE_MB:-3000}
LOG=.tools/setup.log
SOCKET=/var/run/docker.sock

# --- saying what happens -------------------------------------------------------------------------------------------

step() { printf '%-8s %s\n' "$1:" "$2"; }

# die WHAT-IS-MISSING COMMAND-THAT-FIXES-IT...
die() {
    printf '\nsetup: %s\n' "$1" >&2
    shift
    local line
    for line; do printf '    %s\n' "$line" >&2; done
    said=yes
    exit 1
}

said=''
at_exit() {
    local code=$?
    # A command that failed unexpectedly must not end this without a message.
    if [ "$code" != 0 ] && [ -z "$said" ]; then
        printf '\nsetup: stopped by an unexpected failure; to see the commands:  bash -x scripts/setup.sh\n' >&2
    fi
}
trap at_exit EXIT

indent() { sed 's/^/    /'; }

# long WHAT COMMAND... runs a command that takes a while: its output goes to the log, a counter shows that it lives.
long() {
    local what=$1 started=$SECONDS shown=0 pid
    shift
    printf '\n== %s: %s\n' "$what" "$*" >>"$LOG"
    "$@" >>"$LOG" 2>&1 </dev/null &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        if [ -t 1 ]; then
            printf '\r    %s … %d s ' "$what" $((SECONDS - started))
        elif [ $((SECONDS - started)) -ge $((shown + 10)) ] || [ "$shown" = 0 ]; then
            shown=$((SECONDS - started + (shown == 0)))
            printf '    %s … %d s\n' "$what" $((SECONDS - started))
        fi
        sleep 0.3
    done
    [ ! -t 1 ] || printf '\n'
    if ! wait "$pid"; then
        printf '    %s failed; the end of %s:\n' "$what" "$LOG"
        tail -n 15 "$LOG" | indent
        return 1
    fi
}

# within SECONDS COMMAND... ends a command that takes longer (macOS has no `timeout`).
within() {
    local tries=$(($1 * 20)) pid
    shift
    "$@" &
    pid=$!
    while [ "$tries" -gt 0 ] && kill -0 "$pid" 2>/dev/null; do
        tries=$((tries - 1))
        sleep 0.05
    done
    if [ "$tries" = 0 ] && kill "$pid" 2>/dev/null; then
        wait "$pid" 2>/dev/null || true
        echo 'it accepts the connection and says nothing' >&2
        return 1
    fi
    wait "$pid"
}

# --- what this machine is -------------------------------------------------------------------------------------------

has() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }
can_install() { is_root && has apt-get; }

apt_install() {
    export DEBIAN_FRONTEND=noninteractive
    # A list that is days old names packages that are gone: refresh it once, only when something is to be installed.
    if [ -z "${apt_is_fresh:-}" ]; then
        long 'apt-get update' apt-get update -q || true # one unreachable third-party source must not stop us
        apt_is_fresh=yes
    fi
    # A machine that has just booted may be upgrading itself: wait for its lock instead of failing.
    long "apt-get install $*" apt-get -o DPkg::Lock::Timeout=300 install -qy --no-install-recommends "$@"
}

# need_disk MEGABYTES DIRECTORY FOR-WHAT
need_disk() {
    local free
    free=$(df -Pk "$2" 2>/dev/null | awk 'NR == 2 { print int($4 / 1024) }') || return 0
    [ -z "$free" ] || [ "$free" -ge "$1" ] ||
        die "not enough disk for $3: $free MB free at $2, $1 MB wanted" \
            "df -h $2" 'docker system prune      # removes what stopped containers and unused images hold'
}

# --- uv -------------------------------------------------------------------------------------------------------------

# A uv is good if it runs here (a pyenv shim on PATH may refuse to) and reads this project's files (0.5 and later).
uv_works() {
    local version
    version=$("$1" --version 2>/dev/null) || return 1
    version=${version#uv }
    case ${version%% *} in 0.[0-4].*) return 1 ;; [0-9]*) ;; *) return 1 ;; esac
}

find_uv() {
    local candidate found
    found=$(type -ap uv || true)
    while read -r candidate; do
        if [ -x "$candidate" ] && uv_works "$candidate"; then UV=$candidate && return; fi
    done < <(
        grep -v '/shims/' <<<"$found" || true # a shim takes 0.2 s a call, so it is asked last
        printf '%s\n' "$PWD/.tools/uv/bin/uv" "$HOME/.local/bin/uv" "$HOME/.cargo/bin/uv"
        grep '/shims/' <<<"$found" || true
    )
    return 1
}

install_uv() {
    local python
    # A Python that can make a virtual environment: the first on PATH, or the system's, whose venv apt can add.
    if can_install && ! python3 -c 'import ensurepip, venv' 2>/dev/null &&
        ! /usr/bin/python3 -c 'import ensurepip, venv' 2>/dev/null; then
        apt_install python3-venv || true
    fi
    for python in python3 /usr/bin/python3; do
        if "$python" -c 'import ensurepip, venv' 2>/dev/null && rm -rf .tools/uv &&
            long "making .tools/uv with $python" "$python" -m venv .tools/uv &&
            long 'pip install uv' .tools/uv/bin/pip install --disable-pip-version-check uv; then
            return
        fi
    done
    if has curl; then
        long 'the installer of astral.sh' env UV_UNMANAGED_INSTALL="$PWD/.tools/uv/bin" \
            sh -c 'curl --fail --silent --show-error --location --max-time 60 https://astral.sh/uv/install.sh | sh' && return
    fi
    return 1
}

setup_uv() {
    if ! find_uv; then
        step uv 'not found, or it does not work: installing one into .tools'
        if ! install_uv || ! find_uv; then
            die 'uv was not found and could not be installed' \
                'with pip:       python3 -m pip install uv' \
                'Debian, Ubuntu: sudo apt-get install python3-venv, then again' \
                'others:         https://docs.astral.sh/uv/getting-started/installation/'
        fi
    fi
    step uv "$("$UV" --version | cut -d' ' -f1,2) ($UV)"
}

# --- CPython 3.12 and the dependencies ------------------------------------------------------------------------------

is_312() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 12))' 2>/dev/null; }

# One of this machine: uv's search first; it does not look into pyenv's versions, unless its shims are on PATH.
find_python() {
    local candidate
    for candidate in .venv/bin/python "$("$UV" python find --no-python-downloads 3.12 2>/dev/null || true)" \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.12*/bin/python3.12; do
        if [ -x "$candidate" ] && is_312 "$candidate"; then PYTHON=$candidate && return; fi
    done
    return 1
}

setup_python() {
    if ! find_python; then
        step python 'no CPython 3.12 on this machine: asking uv to get one'
        if ! long 'uv python install 3.12' "$UV" python install 3.12; then
            # Ubuntu 24.04 has it as a package, Debian has not.
            if ! can_install || ! apt-cache show python3.12 >/dev/null 2>&1 || ! apt_install python3.12 python3.12-venv; then
                die 'no CPython 3.12, and uv could not download one' \
                    "with a connection to github.com:  $UV python install 3.12" \
                    "from another mirror:              UV_PYTHON_INSTALL_MIRROR=… $UV python install 3.12" \
                    'with pyenv, from source:          pyenv install 3.12' \
                    'Ubuntu 24.04:                     sudo apt-get install python3.12 python3.12-venv'
            fi
        fi
        find_python || die 'CPython 3.12 was installed but cannot be found' "$UV python list"
    fi
    step python "$("$PYTHON" -c 'import platform; print("CPython", platform.python_version())') ($PYTHON)"
}

setup_dependencies() {
    local options=()
    case $PYTHON in .venv/*) ;; *) options=(--python "$PYTHON") ;; esac
    if [ -d .venv ] && "$UV" sync --locked --quiet "${options[@]+"${options[@]}"}" 2>>"$LOG"; then
        step deps 'as locked in uv.lock (.venv)'
        return
    fi
    need_disk 500 . 'the dependencies'
    step deps 'installing what uv.lock names into .venv'
    long 'uv sync --locked' "$UV" sync --locked "${options[@]+"${options[@]}"}" ||
        die 'the locked dependencies could not be installed (above)' \
            "$UV sync --locked     # says why: no connection to the package index, no disk, a lock that is out of date"
    # Compiles the modules that commands and the service load. Otherwise the first start would, and every start of a shell
    # in which Python may not write: that takes a second.
    PYTHONDONTWRITEBYTECODE='' .venv/bin/python -c 'import zuko.api.asgi, zuko.cli.main as m
for name in m.COMMANDS: m.group.get_command(None, name)' >>"$LOG" 2>&1 || true
}

# --- Docker ---------------------------------------------------------------------------------------------------------

engine_version() { within 10 docker version --format '{{.Server.Version}}' 2>/dev/null; }

wait_for_engine() {
    local tries
    for ((tries = $1 * 4; tries > 0; tries--)); do
        if engine_version >/dev/null; then return; fi
        sleep 0.25
    done
    return 1
}

# Where systemd is PID 1 it knows best. Elsewhere (a container, a minimal VM) there may be an init script, which fails
# where it may not raise the limit on open files; then the daemon itself, on its own.
start_engine() {
    step docker 'an engine is installed and not running: starting it'
    if [ -d /run/systemd/system ]; then
        systemctl start docker 2>&1 | indent || true
        wait_for_engine 30 && return
        die 'the Docker engine does not start' 'systemctl status docker' 'journalctl -u docker --no-pager | tail -n 30'
    fi
    if [ -x /etc/init.d/docker ] && service docker start >>"$LOG" 2>&1 && wait_for_engine 15; then return; fi
    local log=/var/log/dockerd.log
    printf '    dockerd, on its own; its log is %s\n' "$log"
    setsid dockerd >>"$log" 2>&1 </dev/null &
    wait_for_engine 30 && return
    printf '    the end of %s:\n' "$log"
    tail -n 8 "$log" | indent
    die 'the Docker engine does not start (above)' \
        'inside a container it needs:  docker run --privileged …' \
        'or use the engine of another host:  export DOCKER_HOST=tcp://… (docs/how-to)'
}

no_right() {
    # shellcheck disable=SC2016 # a command to type
    die "a Docker engine runs, and $(id -un 2>/dev/null || true) may not use its socket" \
        'sudo usermod -aG docker $USER' \
        'then log in again, so that the group counts (or: newgrp docker), and run this again'
}

# no_remote_engine [WHAT-DOCKER-SAYS]
no_remote_engine() {
    die "DOCKER_HOST is $DOCKER_HOST, and no engine answers there" "$@" \
        'is it running, and reachable from here?' 'to use an engine of this machine:  unset DOCKER_HOST'
}

no_engine() {
    case $(uname -s) in
        Darwin) die 'no Docker engine answers' 'start Docker Desktop (https://docs.docker.com/desktop/), or: colima start' ;;
    esac
    if has apt-get; then
        die 'no Docker engine answers, and installing one needs root' \
            "sudo apt-get install --no-install-recommends docker.io iptables && sudo usermod -aG docker \"\$USER\"" \
            'then log in again, so that the group counts, and run this again' \
            'or use the engine of another host:  export DOCKER_HOST=tcp://…'
    fi
    die 'no Docker engine answers, and there is no apt-get to install one with' \
        'install one:                        https://docs.docker.com/engine/install/' \
        'or use the engine of another host:  export DOCKER_HOST=tcp://…'
}

# The engine answers to the library, which is all that Zuko itself needs; building images takes the docker command.
setup_docker_without_command() {
    local version
    version=$(.venv/bin/python -c 'import docker; print(docker.from_env(timeout=5).version()["Version"])' 2>>"$LOG") || return 1
    step docker "engine $version${DOCKER_HOST:+ at $DOCKER_HOST} (no docker command)"
}

setup_docker() {
    local version problem
    if ! has docker; then
        if [ -n "${DOCKER_HOST:-}" ] || [ -S "$SOCKET" ]; then
            if setup_docker_without_command; then return; fi
            if [ -n "${DOCKER_HOST:-}" ]; then no_remote_engine; fi
        fi
        if [ -S "$SOCKET" ] && [ ! -w "$SOCKET" ]; then no_right; fi
        can_install || no_engine
        install_engine
    fi
    if ! version=$(engine_version); then
        problem=$(within 10 docker version 2>&1 >/dev/null | tail -n 1) || true
        if [ -n "${DOCKER_HOST:-}" ]; then no_remote_engine "($problem)"; fi
        case $problem in *'permission denied'*) no_right ;; esac
        if is_root && has dockerd; then
            start_engine
        elif can_install; then
            install_engine
            engine_version >/dev/null || start_engine
        elif has dockerd && [ -d /run/systemd/system ]; then
            die 'the Docker engine is not running' 'sudo systemctl start docker'
        elif has dockerd; then
            die 'the Docker engine is not running' 'sudo service docker start'
        else
            no_engine
        fi
        version=$(engine_version) || die 'the Docker engine does not answer' 'docker version'
    fi
    step docker "engine $version${DOCKER_HOST:+ at $DOCKER_HOST}"
}

# The profile of sandboxes, for an engine of this machine where AppArmor is on. Without it they work, but slower: each
# submission gets a container.
setup_profile() {
    case ${DOCKER_HOST:-unix:} in unix:*) ;; *) return 0 ;; esac
    local status=0
    has aa-enabled || return 0
    aa-enabled --quiet || status=$? # 4: only root may know
    if [ "$status" != 0 ] && [ "$status" != 4 ]; then return; fi
    if is_root; then
        infra/docker-host.sh apparmor >>"$LOG" 2>&1 || step apparmor "the profile of sandboxes cannot be loaded (see $LOG)"
    elif [ ! -e /etc/apparmor.d/zuko-cell ]; then
        step apparmor 'sandboxes are faster with a profile:  sudo infra/docker-host.sh apparmor'
    fi
}

install_engine() {
    step docker 'no engine here: installing docker.io'
    need_disk "$MIN_FREE_MB" /var 'a Docker engine and its images'
    apt_install docker.io iptables ca-certificates || die 'docker.io could not be installed (above)' \
        'apt-get update && apt-get install --no-install-recommends docker.io iptables'
    hash -r
}

# The library that Zuko uses knows DOCKER_HOST and the usual socket, not the contexts of the docker command
# (Docker Desktop, colima, rootless).
context_host() {
    if [ -z "${DOCKER_HOST:-}" ] && has docker && [ ! -S "$SOCKET" ]; then
        docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null || true
    fi
}

# --- for the tests --------------------------------------------------------------------------------------------------

# get STEP WHAT WHO-NEEDS-IT PACKAGE... installs what is not here.
get() {
    local name=$1 what=$2 need=$3
    shift 3
    step "$name" "no $what here: installing $*"
    if ! can_install || ! apt_install "$@"; then
        die "no $what, and $need" "with apt-get: sudo apt-get install $*"
    fi
}

setup_compiler() {
    if ! has cc || ! has make; then
        get cc 'C compiler' 'the tests of the supervisor need one' gcc libc6-dev make
    fi
    step cc "$(cc --version | head -n 1)"
}

# With the dependencies on all platforms but Linux on arm64.
setup_shellcheck() {
    if [ -x .venv/bin/shellcheck ] || has shellcheck; then return; fi
    get lint shellcheck 'a test of the scripts needs it' shellcheck
}

# A server that the tests start themselves: Debian's package also starts one, which nothing here uses.
setup_postgres() {
    local server
    server=$(compgen -G '/usr/lib/postgresql/*/bin/postgres' | sort -V | tail -n 1) || server=$(command -v postgres) || server=
    if [ -z "$server" ]; then
        get postgres PostgreSQL 'the tests of stored submissions need it' postgresql
        server=$(compgen -G '/usr/lib/postgresql/*/bin/postgres' | sort -V | tail -n 1)
    fi
    step postgres "$("$server" --version)"
}

# For the test of docs/how-to/behind-a-proxy.md. Debian has them in a directory that is not on everyone's path, and its
# packages start both, which nothing here uses.
setup_proxies() {
    local name
    for name in haproxy nginx; do
        if has "$name" || [ -x "/usr/sbin/$name" ]; then continue; fi
        get proxies "$name" 'a test of its how-to needs it' haproxy nginx-light
    done
}

# For the test of compose.yaml.
setup_compose() {
    if has docker-compose || docker compose version >/dev/null 2>&1; then return; fi
    get compose 'docker compose' 'a test of compose.yaml needs it' docker-compose
}

# For the tests of infra/prometheus and infra/grafana. Unpacked, not installed: Debian's package also starts a server.
setup_promtool() {
    if has promtool || [ -x .tools/promtool/usr/bin/promtool ]; then return; fi
    step promtool 'none here: unpacking it from the package prometheus'
    mkdir -p .tools/promtool
    if ! (cd .tools/promtool && apt-get download -q prometheus && dpkg-deb -x prometheus_*.deb . && rm prometheus_*.deb); then
        die 'no promtool, and a test of the alerts needs it' 'Debian, Ubuntu: apt-get download prometheus'
    fi
}

# For the tests of the page, which Playwright drives; its own browsers are downloads from elsewhere.
setup_browser() {
    if has chromium; then return; fi
    get browser Chromium 'the tests of the page need it' chromium fonts-dejavu-core
}

# For the bundle of the page's editor, and the client in TypeScript.
setup_node() {
    if has npm; then return; fi
    get node npm 'tests of what is made with it need it' nodejs npm
}

setup_sam() {
    local version
    version=$(scripts/sam.sh --version 2>>"$LOG") ||
        die "the AWS SAM command line could not be installed; the tests of template.yaml need it (see $LOG)" \
            'scripts/sam.sh --version     # says why: no connection to the package index, no disk'
    step sam "$version (.tools)"
}

# Clients of other systems, which the tests of the façades start: an environment of their own, as some have old pins.
setup_clients() {
    export UV_PROJECT_ENVIRONMENT=$PWD/.tools/clients
    "$UV" sync --project tests/clients --locked --quiet --python .venv/bin/python 2>>"$LOG" ||
        long 'uv sync of tests/clients' "$UV" sync --project tests/clients --locked --python .venv/bin/python ||
        die 'the clients of other systems could not be installed; the tests of the façades need them (above)' \
            "UV_PROJECT_ENVIRONMENT=.tools/clients $UV sync --project tests/clients --locked     # says why"
    unset UV_PROJECT_ENVIRONMENT
    step clients 'as locked in tests/clients/uv.lock (.tools/clients)'
}

# --- all of it ------------------------------------------------------------------------------------------------------

write_env() {
    local host
    host=$(context_host)
    {
        printf 'export UV=%q\n' "$UV"
        # At the end: beside it are a python and a pip that no one asked for. Also where this shell has it on PATH: the
        # next one may not, as after another clone's .tools/env was sourced here.
        # shellcheck disable=SC2016 # of the shell that sources it
        printf 'export PATH=$PATH:%q\n' "${UV%/*}"
        [ -z "$host" ] || printf 'export DOCKER_HOST=%q\n' "$host"
    } >".tools/env.$$"
    mv ".tools/env.$$" .tools/env # at once: others may be sourcing it
}

if ! { mkdir -p .tools && : >"$LOG"; } 2>/dev/null; then
    die "$PWD/.tools cannot be written to" "sudo chown -R \"\$USER\" '$PWD'     # was it set up as root before?"
fi
what=${1:-all}
case $what in all | tools | check | test) ;; *) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p;}' "$0" ; said=yes; exit 2 ;; esac

setup_uv
setup_python
setup_dependencies
write_env # also where the next steps fail: the commands that fix it use it
if [ "$what" = all ] || [ "$what" = test ]; then
    setup_docker
    setup_profile
fi
write_env
if [ "$what" = check ] || [ "$what" = test ]; then setup_compiler; fi
if [ "$what" = test ]; then
    setup_shellcheck
    setup_postgres
    setup_proxies
    setup_compose
    setup_promtool
    setup_browser
    setup_node
    setup_sam
    setup_clients
fi
