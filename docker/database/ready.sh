#!/bin/sh
# Succeed if PostgreSQL answers: the health check of its container.
exec /usr/lib/postgresql/*/bin/pg_isready --quiet --host /run/postgresql --dbname postgres --username postgres
