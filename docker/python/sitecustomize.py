"""Part of the image: at a time limit, output that the program has printed is not lost in Python's buffers.

zuko-init sends signal 64 (SIGRTMAX) when a time limit is reached and kills the program 50 ms later in any case.
`site` looks for this module at every start, so answering costs nothing on the way; running unbuffered instead
would cost a program that prints 100,000 lines 0.2 s of CPU time.
"""

import _signal  # `signal` would import enum, which takes longer than a whole hello-world's own work
import posix
import sys


def _write_out(number, frame):
    for stream in (sys.stdout, sys.__stdout__, sys.stderr, sys.__stderr__):
        try:  # noqa: SIM105 - contextlib would have to be imported
            stream.flush()
        except Exception:  # noqa: BLE001, S110 - closed, replaced, or in the middle of a write: nothing to save
            pass
    posix._exit(137)


try:  # noqa: SIM105 - contextlib would have to be imported
    _signal.signal(64, _write_out)
except ValueError:  # in a subinterpreter, which has no signals of its own
    pass

# What is in the executable (freeze.py) says of itself what it would say if it came from its file: who asks for a
# package's data, its source or its path gets them.
for _name in ("encodings", "encodings.aliases", "encodings.utf_8"):
    _module = sys.modules.get(_name)
    if _module and _module.__spec__.origin == "frozen":
        import _frozen_importlib_external  # what importlib.util passes on; PyPy has nothing frozen

        _spec = _frozen_importlib_external.spec_from_file_location(_name, _module.__file__)
        _module.__spec__, _module.__loader__, _module.__cached__ = _spec, _spec.loader, _spec.cached
