"""Part of the image: what `site` imports at every start, before the program.

At a time limit, output that the program has printed is not lost in Python's buffers: zuko-init sends signal 64
(SIGRTMAX) when the limit is reached and kills the program 50 ms later in any case. Answering costs nothing on the way;
running unbuffered instead would cost a program that prints 100,000 lines 0.2 s of CPU time.

And modules that are in the executable look as if they came from their files.
"""

import _signal  # `signal` would import enum, which takes longer than a whole hello-world's own work
import posix
import sys

FROZEN = ("encodings", "encodings.aliases", "encodings.utf_8")  # beside this one: freeze.py says why these


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

# They say of themselves what they would say if they came from their files: who asks for a package's data, its source
# or its path gets them.
for _name in FROZEN:
    _module = sys.modules.get(_name)
    if _module and _module.__spec__.origin == "frozen":
        import _frozen_importlib_external  # what importlib.util passes on; PyPy has nothing frozen

        _spec = _frozen_importlib_external.spec_from_file_location(_name, _module.__file__)
        _module.__spec__, _module.__loader__, _module.__cached__ = _spec, _spec.loader, _spec.cached
