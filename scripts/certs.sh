#!/usr/bin/env bash
# Makes the certificates that a Docker engine and its clients show each other: an authority of their own (CA), a
# certificate for the engine, one for the client. Run again, it keeps the CA and the keys and issues both certificates
# again: that renews them, or gives the engine other names.
#
#   scripts/certs.sh [options]
#
#   --directory DIR      where they go (certs); a new one is made with mode 0700
#   --hosts NAME,...     names and addresses of the engine (localhost,127.0.0.1)
#   --days N             how long both certificates are valid (365); the CA's is valid for ten years
#   --secret NAME        also puts the client's {"ca", "cert", "key"} into AWS Secrets Manager under this name
#   --host-secret NAME   also puts the engine's there
#   --force              starts over with a new CA: nothing issued before is trusted any more
#
#   ca.pem                             to know the other side by: engine and clients both need it
#   ca-key.pem                         makes more clients, each of them root on the engine's host: keep it offline
#   server-cert.pem, server-key.pem    the engine's
#   cert.pem, key.pem                  the client's, named so that DOCKER_CERT_PATH=DIR finds them
#
# Needs openssl; for secrets also boto3, in .venv or in the interpreter that PYTHON names.
set -euo pipefail
umask 077 # no key is readable by others, not even while it is being written

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
directory=certs hosts=localhost,127.0.0.1 days=365 secret='' host_secret='' force=''
CA_DAYS=3650

die() {
    printf 'certs: %s\n' "$1" >&2
    exit "${2:-1}"
}

usage() {
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p;}' "${BASH_SOURCE[0]}"
    exit "$1"
}

# --- what is wanted -------------------------------------------------------------------------------------------------

while [ $# -gt 0 ]; do
    case $1 in
        --force) force=yes && shift && continue ;;
        --help) usage 0 ;;
        --directory | --hosts | --days | --secret | --host-secret) [ -n "${2:-}" ] || die "$1 needs a value" ;;
        *) die "there is no option $1 (--help lists them)" 2 ;;
    esac
    case $1 in
        --directory) directory=$2 ;;
        --hosts) hosts=$2 ;;
        --days) days=$2 ;;
        --secret) secret=$2 ;;
        --host-secret) host_secret=$2 ;;
    esac
    shift 2
done

# Names as openssl wants them: DNS:localhost,IP:127.0.0.1
alternative_names() {
    local host all found=''
    case ,$hosts, in *,,* | *[!A-Za-z0-9.:,*-]*) die "--hosts $hosts: names and addresses, with a comma between" ;; esac
    IFS=, read -ra all <<<"$hosts"
    for host in "${all[@]}"; do
        case $host in
            *:*) found+=,IP:$host ;;
            *[!0-9.]*) found+=,DNS:$host ;;
            *) found+=,IP:$host ;;
        esac
    done
    printf '%s' "${found#,}"
}

case $days in *[!0-9]* | ?????*) days=0 ;; esac
if [ "$days" -lt 1 ] || [ "$days" -gt $CA_DAYS ]; then die "--days takes a number from 1 to $CA_DAYS"; fi
names=$(alternative_names)
command -v openssl >/dev/null || die 'there is no openssl here'
mkdir -p "$directory"
work=$(mktemp -d "$directory/.new.XXXXXX")
trap 'rm -rf "$work"' EXIT

# --- certificates ---------------------------------------------------------------------------------------------------

# `openssl ca` and not `openssl x509 -req`: before OpenSSL 3.4 only this one lets a certificate begin in the past. One
# that begins now is "not yet valid" to a machine whose clock is a second behind.
begin=$(($(date +%s) - 3600))
begin=$(date -u -d "@$begin" +%y%m%d%H%M%SZ 2>/dev/null || date -u -r "$begin" +%y%m%d%H%M%SZ) # GNU or BSD

: >"$work/issued"
openssl rand -hex 16 >"$work/serial"
cat >"$work/openssl.cnf" <<CONFIG
[ca]
default_ca = zuko
[zuko]
database = $work/issued
serial = $work/serial
new_certs_dir = $work
default_md = sha256
policy = policy
unique_subject = no
[policy]
commonName = supplied
[request]
distinguished_name = empty
[empty]
[authority]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = $names
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
CONFIG

# Runs openssl; what it prints counts only when it failed.
quietly() { openssl "$@" >"$work/log" 2>&1 || die "openssl $1 failed: $(cat "$work/log")"; }

# issue KIND NAME CERTIFICATE KEY DAYS [OPTION]: a certificate of this kind; its key is made if there is none yet.
# Both take their places complete or not at all.
issue() {
    local kind=$1 name=$2 certificate=$directory/$3 key=$directory/$4 valid=$5
    shift 5
    if [ ! -s "$key" ]; then
        quietly genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/key"
        mv "$work/key" "$key"
    fi
    quietly req -new -config "$work/openssl.cnf" -section request -key "$key" -subj "/CN=$name" -out "$work/request"
    quietly ca -batch -notext -config "$work/openssl.cnf" -extensions "$kind" -startdate "$begin" -days "$valid" \
        -in "$work/request" -keyfile "$directory/ca-key.pem" -out "$work/certificate" "$@"
    mv "$work/certificate" "$certificate"
}

if [ -n "$force" ]; then
    for file in ca ca-key server-cert server-key cert key; do rm -f "$directory/$file.pem"; done
fi
if [ ! -s "$directory/ca.pem" ]; then
    [ ! -e "$directory/ca-key.pem" ] || die "$directory has a ca-key.pem and no ca.pem: bring it back, or --force"
    issue authority "Zuko CA $(openssl rand -hex 4)" ca.pem ca-key.pem $CA_DAYS -selfsign
elif [ ! -s "$directory/ca-key.pem" ]; then
    die "$directory has a ca.pem and not its key: bring ca-key.pem back, or --force"
fi
issue server "${hosts%%,*}" server-cert.pem server-key.pem "$days" -cert "$directory/ca.pem"
issue client zuko cert.pem key.pem "$days" -cert "$directory/ca.pem"
printf 'certs: %s: an engine (%s) and a client, valid for %d days\n' "$directory" "$names" "$days"

# --- secrets --------------------------------------------------------------------------------------------------------

# put_secret NAME CERTIFICATE KEY: creates the secret, or gives it a new version.
put_secret() {
    local python=${PYTHON:-python3}
    if [ -z "${PYTHON:-}" ] && [ -x "$root/.venv/bin/python" ]; then python=$root/.venv/bin/python; fi
    "$python" - "$1" "$directory/ca.pem" "$directory/$2" "$directory/$3" <<'PYTHON'
import json, pathlib, sys

try:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    sys.exit("certs: to write secrets boto3 is missing: uv sync, or PYTHON=/where/it/is/python")
name, *paths = sys.argv[1:]
value = json.dumps(dict(zip(("ca", "cert", "key"), (pathlib.Path(path).read_text() for path in paths))))
try:
    secrets = boto3.client("secretsmanager")
    try:
        secrets.put_secret_value(SecretId=name, SecretString=value)
    except secrets.exceptions.ResourceNotFoundException:
        secrets.create_secret(Name=name, SecretString=value)
except (BotoCoreError, ClientError) as error:
    sys.exit(f"certs: the secret {name} could not be written: {error}")
print(f"certs: secret {name}: {paths[1]} and its key")
PYTHON
}

if [ -n "$secret" ]; then put_secret "$secret" cert.pem key.pem; fi
if [ -n "$host_secret" ]; then put_secret "$host_secret" server-cert.pem server-key.pem; fi
