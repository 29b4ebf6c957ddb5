#!/bin/sh
# Start PostgreSQL; at the first time make the database `zuko`, of a user of that name.
set -eu

bin=$(echo /usr/lib/postgresql/*/bin)
home=/var/lib/postgresql
if [ ! -d "$home/data" ]; then
    # Beside its place: what was interrupted is made again.
    rm -rf "$home/new"
    "$bin/initdb" --pgdata "$home/new" --username postgres --auth-local peer --auth-host reject --encoding UTF8 \
        --locale C.UTF-8 --data-checksums >/dev/null
    printf '%s\n' 'CREATE ROLE zuko LOGIN' 'CREATE DATABASE zuko OWNER zuko' |
        "$bin/postgres" --single -D "$home/new" postgres >/dev/null
    mv "$home/new" "$home/data"
fi
exec "$bin/postgres" -D "$home/data" -c listen_addresses= -c unix_socket_directories=/run/postgresql "$@"
