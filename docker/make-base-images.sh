#!/usr/bin/env bash
# Make local stand-ins for the two base images of docker/*.Dockerfile, if no container registry can be reached:
#
#   debian:trixie-slim         a minimal root of Debian 13, from the Debian mirror that this host uses
#   python:3.12-slim-trixie    that, plus this host's CPython 3.12 in /usr/local and the libraries it is linked to
#
# On Ubuntu they are of the host's own release, as its mirrors have no other distribution. The interpreter is the host's,
# and needs a C library that is not older than the one that it was built against. Both have the label zuko.local-base,
# whose value is a version of this script's output. An existing image is replaced only if it is a stand-in of an older
# version. See docs/how-to/air-gapped-images.md.
#
#   docker/make-base-images.sh              needs docker, apt, root (for mmdebstrap), and a CPython 3.12 (PYTHON=… chooses one)
#   docker/make-base-images.sh --outdated   print the names of stand-ins of an older version
set -euo pipefail

DEBIAN_IMAGE=${DEBIAN_IMAGE:-debian:trixie-slim}
PYTHON_IMAGE=${PYTHON_IMAGE:-python:3.12-slim-trixie}
RELEASE=trixie # of Debian
LABEL=zuko.local-base
DEBIAN_EDITION=1
PYTHON_EDITION=2

# Modules that must be importable in the Python image: those whose libraries are most likely to be missing.
PROBE='import asyncio, bz2, ctypes, curses, decimal, hashlib, lzma, multiprocessing, readline, sqlite3, ssl, uuid, zlib
import zoneinfo; zoneinfo.ZoneInfo("Europe/Paris")'

say() { printf '    %s\n' "$*"; }
die() { printf 'make-base-images: %s\n' "$1" >&2; shift; for line; do printf '  %s\n' "$line" >&2; done; exit 1; }
indent() { sed -u 's/^/      /'; }

# edition IMAGE: print the version of a stand-in; nothing for any other image, or if the engine does not answer.
edition() {
    docker image inspect --format "{{with .Config.Labels}}{{index . \"$LABEL\"}}{{end}}" "$1" 2>/dev/null |
        grep -xE '[0-9]+' || true
}

# outdated IMAGE EDITION: succeed if the image is a stand-in of an older version.
outdated() {
    local is
    is=$(edition "$1")
    [ -n "$is" ] && [ "$is" -lt "$2" ]
}

have_image() { docker image inspect "$1" >/dev/null 2>&1; }
current() { have_image "$1" && ! outdated "$1" "$2"; }

if [ "${1:-}" = --outdated ]; then
    if outdated "$DEBIAN_IMAGE" "$DEBIAN_EDITION"; then echo "$DEBIAN_IMAGE"; fi
    if outdated "$PYTHON_IMAGE" "$PYTHON_EDITION"; then echo "$PYTHON_IMAGE"; fi
    exit
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/zuko-base.XXXXXX")
trap 'rm -rf "$work"' EXIT

host_codename() {
    # shellcheck source=/dev/null
    (. /etc/os-release && echo "${UBUNTU_CODENAME:-${DEBIAN_CODENAME:-${VERSION_CODENAME:-}}}")
}

# Print the release that the images are of.
release_wanted() {
    # shellcheck source=/dev/null
    (. /etc/os-release && if [ -n "${UBUNTU_CODENAME:-}" ]; then echo "$UBUNTU_CODENAME"; else echo "$RELEASE"; fi)
}

# shellcheck disable=SC2016 # $(REPO_URI) is apt's syntax
# Print the `deb` lines of a release, for the mirrors that this host has configured for its own, without those of other
# vendors: "trixie-updates" where the host has "bookworm-updates".
host_mirrors() {
    local codename=$1 wanted=$2 uri release component origin suite
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN) $(CODENAME)' 'Created-By: Packages' |
        while read -r uri release component origin suite; do
            case $uri in http://* | https://*) ;; *) continue ;; esac
            case $component in main | universe) ;; *) continue ;; esac
            case $origin in Debian | Ubuntu | '$(ORIGIN)') ;; *) continue ;; esac # unknown until `apt-get update`
            case $codename in "${release%%[-/]*}" | "${suite%%[-/]*}")
                echo "deb $uri $wanted${release#"${release%%[-/]*}"} $component"
                ;;
            esac
        done | grep -v -- '-\(backports\|proposed\)' | sort -u
}

install_mmdebstrap() {
    command -v mmdebstrap >/dev/null && return
    say 'mmdebstrap is missing: installing it'
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -qq \
        --no-install-recommends mmdebstrap; } </dev/null >/dev/null || die 'mmdebstrap could not be installed' 'apt-get install mmdebstrap'
}

make_debian() {
    command -v apt-get >/dev/null ||
        die "no registry answers, and $DEBIAN_IMAGE can only be made on Debian or Ubuntu (there is no apt-get here)" \
            'load the images from another host: see docs/how-to/air-gapped-images.md'
    [ "$(id -u)" = 0 ] ||
        die "no registry answers, and making $DEBIAN_IMAGE needs root" "sudo UV=${UV:-uv} ${PYTHON:+PYTHON=$PYTHON }$0"
    local host codename mirrors options=()
    host=$(host_codename)
    codename=$(release_wanted)
    mirrors=$(host_mirrors "$host" "$codename")
    [ -n "$mirrors" ] || die "apt has no http mirror for $host configured" 'see /etc/apt/sources.list*'
    install_mmdebstrap
    say "making $DEBIAN_IMAGE, a local stand-in: a minimal $codename from this host's mirrors"

    # Copy the settings by which the host's apt reaches its mirror, so that builds on top of this image can, too.
    local line
    while read -r line; do options+=(--aptopt="$line"); done < <(
        apt-config dump | grep -E '^Acquire::(http|https)::Proxy |^Acquire::Check-(Valid-Until|Date) ' || true
    )
    case $mirrors in *https://*) options+=(--include=ca-certificates) ;; esac

    # Exclude the same files as the official slim image.
    printf '%s\n' "$mirrors" | mmdebstrap --variant=minbase "${options[@]}" \
        --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "false"' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        "$codename" "$work/debian.tar" - 2>&1 | indent ||
        die "mmdebstrap could not make a root of $codename" 'is the mirror reachable, and does it have that release?  apt-get update'
    docker import --change 'CMD ["bash"]' --change "LABEL $LABEL=$DEBIAN_EDITION" --change "LABEL zuko.local-base.release=$codename" \
        "$work/debian.tar" "$DEBIAN_IMAGE" >/dev/null
    rm -f "$work/debian.tar"
    say "made $DEBIAN_IMAGE"
}

find_python() {
    local uv=${UV:-uv} found
    found=${PYTHON:-$("$uv" python find 3.12 2>/dev/null || command -v python3.12 || true)}
    [ -n "$found" ] || die 'no CPython 3.12 on this host to copy into the image' "$uv python install 3.12"
    "$found" -c 'import sys; assert sys.version_info[:2] == (3, 12) and sys.implementation.name == "cpython"' ||
        die "$found is not CPython 3.12" "PYTHON=/path/to/python3.12 $0"
    echo "$found"
}

# Copy the interpreter's files below sys.base_prefix: bin/python3.12, libpython, the standard library.
copy_python() {
    local python=$1 to=$2 prefix stdlib binary
    prefix=$("$python" -c 'import sys; print(sys.base_prefix)')
    stdlib=$("$python" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
    binary=$(readlink -f "$("$python" -c 'import sys; print(getattr(sys, "_base_executable", sys.executable))')")
    say "copying CPython $("$python" -c 'import platform; print(platform.python_version())') of $prefix"

    mkdir -p "$to/bin" "$to/lib/python3.12"
    # Without site-packages: the image has only the standard library.
    tar -C "$stdlib" -c --exclude='./test' --exclude='*/tests' --exclude='*/test' --exclude='./idlelib' \
        --exclude='./tkinter' --exclude='./turtledemo' --exclude='./turtle.py' --exclude='./lib2to3/tests' \
        --exclude='./ensurepip' --exclude='./config-3.12-*' --exclude='__pycache__' --exclude='./site-packages/*' \
        --exclude='./dist-packages/*' --exclude='_tkinter*.so' --exclude='*.a' --exclude='_test*.so' \
        --exclude='xxlimited*.so' --exclude='_ctypes_test*.so' --exclude='EXTERNALLY-MANAGED' --exclude='sitecustomize.py' \
        . | tar -C "$to/lib/python3.12" -x --no-same-owner
    mkdir -p "$to/lib/python3.12/site-packages"
    cp "$binary" "$to/bin/python3.12"
    ln -s python3.12 "$to/bin/python3"
    ln -s python3 "$to/bin/python"
    if [ -e "$prefix/lib/libpython3.12.so.1.0" ]; then cp -L "$prefix/lib/libpython3.12.so.1.0" "$to/lib/"; fi
    # Files for docker/python/link.sh, which makes a faster interpreter: pyenv's builds have them, Debian's do not.
    local headers archive
    headers=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
    archive=$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("LIBPL") + "/libpython3.12.a")')
    if [ -e "$headers/Python.h" ]; then mkdir -p "$to/include" && cp -RL "$headers" "$to/include/python3.12"; fi
    if [ -e "$archive" ]; then
        mkdir "$to/lib/python3.12/$(basename "$(dirname "$archive")")"
        cp -L "$archive" "$to/lib/python3.12/$(basename "$(dirname "$archive")")/"
    fi
    chmod -R u+rwX,go+rX,go-w "$to"
}

# Print the path on this host of each shared library outside the copy that it needs.
outside_libraries() {
    local tree=$1 prefix=$2
    find "$tree" -type f \( -name '*.so' -o -name '*.so.*' -o -path '*/bin/python3.12' \) -exec ldd {} + 2>/dev/null |
        awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u | grep -v "^$prefix/" || true
}

# Print the Debian package of a library (dpkg knows it with or without the /usr of a merged root).
package_of() {
    local path=$1 tried
    for tried in "$path" "${path#/usr}" "/usr$path" "$(readlink -f "$path")"; do
        dpkg-query -S "$tried" 2>/dev/null | grep -v '^diversion' | head -n1 | cut -d: -f1 | grep . && return
    done
    return 1
}

make_python() {
    local python prefix packages=(netbase tzdata) library name
    python=$(find_python)
    prefix=$("$python" -c 'import sys; print(sys.base_prefix)')
    say "making $PYTHON_IMAGE, a local stand-in: $DEBIAN_IMAGE and this host's $python"
    local tree=$work/python/local
    copy_python "$python" "$tree"
    if [ "$prefix" = /usr ]; then prefix=/nowhere; fi # all libraries of a system interpreter are outside the copy
    while read -r library; do
        [ -n "$library" ] || continue
        if name=$(package_of "$library"); then
            packages+=("$name")
        else
            cp -L "$library" "$tree/lib/$(basename "$library")" # not from a package
        fi
    done < <(outside_libraries "$tree" "$prefix")
    mapfile -t packages < <(printf '%s\n' "${packages[@]}" | sort -u)
    # Strip: a build with debugging symbols (pyenv's) is three times the size, and its archive seven times.
    cat >"$work/python/Dockerfile" <<DOCKERFILE
FROM $DEBIAN_IMAGE AS stripped
RUN apt-get update -qq \\
 && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends binutils >/dev/null
COPY local /local
RUN find /local -type f \\( -name '*.so*' -o -name python3.12 \\) -exec strip --strip-unneeded {} + \\
 && find /local -type f -name '*.a' -exec strip --strip-debug {} +

FROM $DEBIAN_IMAGE
COPY --from=stripped /local /usr/local
RUN apt-get update -qq \\
 && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends ${packages[*]} >/dev/null \\
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
RUN ldconfig
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin LANG=C.UTF-8
LABEL $LABEL=$PYTHON_EDITION
CMD ["python3"]
DOCKERFILE
    # With the host's network, because the host's apt is known to reach the mirror.
    docker build --network host --tag "$PYTHON_IMAGE-unchecked" "$work/python" 2>&1 |
        tee "$work/log" | grep --line-buffered -e '^Step' -e '^#[0-9]* \[' | cut -c1-120 | indent || {
        tail -n 15 "$work/log" | indent
        die "$PYTHON_IMAGE could not be built (above)" 'can apt reach its mirror?  apt-get update'
    }
    if ! docker run --rm --network none "$PYTHON_IMAGE-unchecked" /usr/local/bin/python3.12 -c "$PROBE" 2>&1 | indent; then
        docker rmi "$PYTHON_IMAGE-unchecked" >/dev/null
        # shellcheck disable=SC2016 # a command to type
        die "this host's $python does not work inside $DEBIAN_IMAGE (above)" \
            'a "GLIBC_… not found" means that it was built for a newer release than that image is of, and a missing module' \
            'that it was built without: take another one, which brings its own libraries:' \
            "    ${UV:-uv} python install --managed-python 3.12" \
            "    PYTHON=\$(${UV:-uv} python find --managed-python 3.12) $0"
    fi
    docker tag "$PYTHON_IMAGE-unchecked" "$PYTHON_IMAGE"
    docker rmi "$PYTHON_IMAGE-unchecked" >/dev/null
    say "made $PYTHON_IMAGE"
}

command -v docker >/dev/null || die 'there is no docker command' 'apt-get install docker.io'
if current "$DEBIAN_IMAGE" "$DEBIAN_EDITION"; then say "$DEBIAN_IMAGE is here already"; else make_debian; fi
if current "$PYTHON_IMAGE" "$PYTHON_EDITION"; then say "$PYTHON_IMAGE is here already"; else make_python; fi
