#!/bin/sh
# The first step of an image build, as root: install Debian packages, and those that every sandbox has.
#
#   install.sh PACKAGE...
set -eu

mkdir -p /usr/share/man/man1 # a slim image does not have it, and installing a JDK fails without it
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends libnss-myhostname netbase time tzdata "$@" >/dev/null
rm -rf /var/lib/apt/lists/*
