#!/bin/sh
# Link a python3.12 that starts in 9 % less CPU time, because it contains the modules that every start imports (main.c).
# Runs inside an image build that has CPython 3.12 in /usr/local, and gcc.
#
#   link.sh DIRECTORY
#
# Without its headers the interpreter cannot be relinked, and the directory stays empty.
set -eu

ldconfig
cd "$(dirname "$0")"
mkdir -p "$1"
if ! headers=$(python3.12 -c 'import sysconfig; print(sysconfig.get_path("include"))'); then
    echo 'this CPython does not run in this stage: its python3.12 is kept'
    exit
fi
if [ ! -e "$headers/Python.h" ]; then
    echo 'this CPython has no headers: its python3.12 is kept'
    exit
fi
libraries=$(python3.12 -c 'import sysconfig as s
print(*(w for v in ("LIBS", "SYSLIBS", "MODLIBS") for w in (s.get_config_var(v) or "").split() if w.startswith("-l")))')
python3.12 freeze.py >frozen.h
warm=$(for name in box confine descriptors launch leftovers mounts reap warm; do echo "../init/$name.c"; done)

# If there is an archive of the interpreter, link it into the executable: loading libpython3.12.so takes a seventh of a
# start (measured: 13.2 or 11.3 ms). Not position-independent, like Debian's own.
link() {
    to=$1
    shift
    # shellcheck disable=SC2086 # a list of words
    gcc -O2 -Wall -Wextra -D_GNU_SOURCE -I"$headers" -I../init -Wl,--export-dynamic -s -o "$to/python3.12" main.c $warm "$@"
}
# The functions of CPython's that ending.c replaces.
wraps=$(sed -n 's/^void __wrap_\(\w*\)(.*;$/-Wl,--wrap=\1/p; s/^ONLY_IN_SUBINTERPRETERS(\(\w*\))$/-Wl,--wrap=\1/p' ending.c)
archive=$(echo /usr/local/lib/python3.12/config-3.12-*/libpython3.12.a)
library=/usr/local/lib/libpython3.12.so.1.0
# shellcheck disable=SC2086 # a list of words
if [ -e "$archive" ] && link "$1" -no-pie ending.c $wraps "$archive" $libraries; then
    how=$archive
elif [ -e "$archive" ] && link "$1" -no-pie "$archive" $libraries; then
    how="$archive, and its whole end" # another release of CPython 3.12
elif ldd "$(command -v python3.12)" | grep -q libpython; then
    link "$1" -fPIC -pie "$library" # -fPIC: set the library's own variable, not a copy
    how=$library
else
    echo 'this CPython is one executable without an archive: it is kept'
    rm -f "$1/python3.12"
    exit
fi
PYTHONHOME=/usr/local "$1/python3.12" -S -c '
import sys
before = {name: module.__spec__ for name, module in sys.modules.items()}
import sitecustomize  # which changes them
assert sitecustomize.__spec__.origin == "frozen"
for name in sitecustomize.FROZEN:
    assert before[name].origin == "frozen", name'
echo "linked with $how"
