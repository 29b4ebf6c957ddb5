"""The image's sitecustomize: `site` imports it at every start, before the program.

At a time limit it flushes Python's buffers, so that output is not lost: zuko-init sends signal 64 (SIGRTMAX) when the
limit is reached, and kills the program 50 ms later in any case. The handler costs nothing until then; unbuffered output
would cost a program that prints 100,000 lines 0.2 s of CPU time.

It also makes modules that are in the executable look as if they came from their files.
"""

import _signal  # `signal` would import enum, which takes longer than running a hello-world
import posix
import sys

FROZEN = ("encodings", "encodings.aliases", "encodings.utf_8")  # in addition to this module; freeze.py says why these


def _write_out(number, frame):
    for stream in (sys.stdout, sys.__stdout__, sys.stderr, sys.__stderr__):
        try:  # noqa: SIM105 - importing contextlib takes time
            stream.flush()
        except Exception:  # noqa: BLE001, S110 - closed, replaced, or during a write: there is nothing to save
            pass
    posix._exit(137)


try:  # noqa: SIM105 - importing contextlib takes time
    _signal.signal(64, _write_out)
except ValueError:  # in a subinterpreter, which has no signals of its own
    pass

# Their specs are those of modules from files, so that a package's data, its source and its path can be found.
for _name in FROZEN:
    _module = sys.modules.get(_name)
    if _module and _module.__spec__.origin == "frozen":
        import _frozen_importlib_external  # what importlib.util re-exports; PyPy has no frozen modules

        _spec = _frozen_importlib_external.spec_from_file_location(_name, _module.__file__)
        _module.__spec__, _module.__loader__, _module.__cached__ = _spec, _spec.loader, _spec.cached
