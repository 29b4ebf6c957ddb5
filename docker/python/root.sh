#!/bin/sh
# The last stage of the images for CPython 3.12, as root: turn the official image into the root of a sandbox.
#
# In /tmp are docker/sandbox-root.sh, what is to stand in the standard library (*.py), the relinked interpreter (linked/,
# empty if it could not be relinked; docker/python/link.sh) and perhaps packages for programs to import (packages/).
set -eu

lib=/usr/local/lib/python3.12

# Remove from the standard library: package installers, modules that need a display or NIS, and its tests.
cd $lib
rm -rf ensurepip idlelib test tkinter turtledemo turtle.py lib2to3 site-packages/* config-3.12-* \
    ./*/test ./*/tests lib-dynload/_tkinter*.so lib-dynload/nis*.so lib-dynload/_test*.so lib-dynload/xx*.so \
    ../pkgconfig ../*.a
find / -xdev -type d -name __pycache__ -prune -exec rm -rf {} +
cd /usr/local/bin
for file in *; do case $file in python | python3 | python3.12) ;; *) rm -f "$file" ;; esac; done
ln -sf python3.12 python3
ln -sf python3.12 python

test ! -e /tmp/packages || cp -a /tmp/packages/. $lib/site-packages/
cp /tmp/*.py $lib/
# /usr/local/sbin/zuko-warm is the name under which the interpreter is a warm runtime (docker/python/main.c).
mkdir -p /usr/local/sbin
if test -e /tmp/linked/python3.12; then
    cp -a /tmp/linked/. /usr/local/bin/
    ln -s ../bin/python3.12 /usr/local/sbin/zuko-warm
fi
ldd /usr/local/bin/python3.12 | grep -q libpython || rm -f /usr/local/lib/libpython3*

sh /tmp/sandbox-root.sh ncurses-base
chmod -R go=rX /usr/local
# Compiled, with files that are valid without checking their source: an import reads one file.
python3.12 -m compileall -q -j 0 --invalidation-mode unchecked-hash $lib
python3.12 -c 'import asyncio, bz2, ctypes, curses, decimal, hashlib, lzma, multiprocessing, readline, sqlite3, ssl, uuid, \
zlib, zoneinfo; zoneinfo.ZoneInfo("Europe/Paris")'
