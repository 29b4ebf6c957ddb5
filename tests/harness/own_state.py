"""A process that prints what it was given and how it was set up, as JSON: `python -m tests.harness.own_state WORD…`."""

import gc
import json
import os
import signal
import sys
import threading
from typing import Any


def own_state() -> dict[str, Any]:
    """Return what a program can notice of the way it was started."""
    streams = {"stdin": sys.stdin, "stdout": sys.stdout, "stderr": sys.stderr}
    given = sys.stdin.read()  # first: then the process that started us has our id, and is our parent
    return {
        "read": given,
        "name": __name__,
        "argv": sys.argv,
        "path": sys.path,
        "directory": os.getcwd(),
        "environment": dict(os.environ),
        "descriptors": sorted(os.listdir("/proc/self/fd")),
        "signals": {int(number): _named(signal.getsignal(number)) for number in signal.valid_signals()},
        "blocked": sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, ()))),
        "flags": str(sys.flags),
        "collects": gc.isenabled(),
        "threads": threading.active_count(),
        "session": os.getsid(0) == os.getpid(),
        "parent": os.getppid(),
        "umask": os.umask(0o22),
        **{
            name: (stream.encoding, stream.errors, stream.line_buffering, stream.fileno(), stream.isatty(), stream.name)
            for name, stream in streams.items()
        },
    }


def _named(handler: object) -> str:
    """Return a handler without the address of its object: coverage has one of its own."""
    return getattr(handler, "__qualname__", str(handler))


if __name__ == "__main__":
    print(json.dumps(own_state()))
    print("an error", file=sys.stderr)
    sys.exit(3)
