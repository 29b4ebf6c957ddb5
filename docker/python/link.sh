#!/bin/sh
# Runs inside an image build that has CPython 3.12 in /usr/local and gcc: puts into the directory that it is given a
# python3.12 that starts in 9 % less CPU time, because it has within itself what every start imports (main.c).
#
#   link.sh DIRECTORY
#
# An interpreter that comes without its headers stays as it is, and then the directory is empty.
set -eu

ldconfig
cd "$(dirname "$0")"
mkdir -p "$1"
if ! headers=$(python3.12 -c 'import sysconfig; print(sysconfig.get_path("include"))'); then
    echo 'this CPython is of another system than the stage: its python3.12 stays as it is'
    exit
fi
if [ ! -e "$headers/Python.h" ]; then
    echo 'this CPython has no headers: its python3.12 stays as it is'
    exit
fi
libraries=$(python3.12 -c 'import sysconfig as s
print(*(w for v in ("LIBS", "SYSLIBS", "MODLIBS") for w in (s.get_config_var(v) or "").split() if w.startswith("-l")))')
python3.12 freeze.py >frozen.h

# Where the interpreter is there as an archive, it goes into the executable: a start spends a seventh of its time in
# linking with libpython3.12.so (measured: 13.2 against 11.3 ms). Not position-independent, as Debian's own is not.
link() {
    to=$1
    shift
    gcc -O2 -Wall -Wextra -I"$headers" -Wl,--export-dynamic -s -o "$to/python3.12" main.c "$@"
}
archive=$(echo /usr/local/lib/python3.12/config-3.12-*/libpython3.12.a)
library=/usr/local/lib/libpython3.12.so.1.0
# shellcheck disable=SC2086 # a list of words
if [ -e "$archive" ] && link "$1" -no-pie "$archive" $libraries; then
    how=$archive
elif ldd "$(command -v python3.12)" | grep -q libpython; then
    link "$1" -fPIC -pie "$library" # -fPIC: the library's own variable is to be set, not a copy
    how=$library
else
    echo 'this CPython is one executable, and not there as an archive: it stays as it is'
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
