#!/bin/sh
# Runs inside an image build, as root, first: installs Debian packages, and those that every sandbox has.
#
#   install.sh PACKAGE...
set -eu

mkdir -p /usr/share/man/man1 # a slim image has none, and the installation of a JDK fails without
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends libnss-myhostname netbase time tzdata "$@" >/dev/null
rm -rf /var/lib/apt/lists/*
