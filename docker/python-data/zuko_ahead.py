"""Modules that a warm interpreter imports before programs are forked from it: docker/python/main.c calls `prepare`.

A program does not see them in `sys.modules` until it imports one. Then a finder hands it over, unless a file of the
program has that name. All of them come together, since what one has imported itself must be in `sys.modules`, too.

What an import draws or reads for its process alone is drawn and read again in each program (`_renew`).
"""

import _warnings
import atexit
import gc
import itertools
import posix
import sys
import time

AHEAD = ("numpy", "pandas", "matplotlib.pyplot", "matplotlib.backends.backend_agg")
_OWN = ("atexit", "gc", "itertools")  # what every start has beside our own imports is left where it is
_TIMER_S = 5.0
_Spec = type(sys.__spec__)
finder = None  # kept as long as the process, like all that is in it: nothing is freed at its end


class _Ahead:
    """Finder and loader of modules that were imported ahead; `modules` has them by name."""

    def __init__(self, modules):
        self._modules = modules
        # Some are classes under the name of a module.
        self._specs = {name: getattr(module, "__spec__", None) for name, module in self._modules.items()}
        self._sizes = {name: len(vars(module)) for name, module in self._modules.items()}
        self._usual = frozenset(sys.path)
        self._is_renewed = False

    def take_out(self):
        for name in self._modules:
            del sys.modules[name]

    # ---- as the import system calls them

    def find_spec(self, name, path=None, target=None):
        own = self._specs.get(name)
        if own is None or _top(name) in self._names_before():
            return None
        spec = _Spec(name, self, origin=own.origin)
        spec.has_location, spec.cached = own.has_location, own.cached
        spec.submodule_search_locations = own.submodule_search_locations
        return spec

    def create_module(self, spec):
        return self._modules[spec.name]

    def exec_module(self, module):
        module.__spec__ = self._specs[module.__spec__.name]
        own = self._names_before()
        for name, each in self._modules.items():
            if _top(name) not in own:
                sys.modules.setdefault(name, each)
        if not self._is_renewed:
            self._is_renewed = True
            _warnings.filters[:0] = self.filters
            _warnings._filters_mutated()
            _renew(self._modules)

    def _names_before(self):
        """Return the names of modules that are found before the library's, and of other files there."""
        names = set()
        for place in sys.path:
            if place in self._usual:
                break
            try:
                names.update(map(_top, posix.listdir(place or ".")))
            except OSError:
                continue
        return names

    def end(self):
        """Take out again what the program has not changed, so that nothing looks through it at the end."""
        for name, module in self._modules.items() if self._is_renewed else ():
            if sys.modules.get(name) is module and len(vars(module)) == self._sizes[name]:
                del sys.modules[name]


def _top(name):
    return name.partition(".")[0]


def _renew(modules):
    """Draw and read again; the generator of `random` is seeded by a hook of its own, after each fork."""
    modules["numpy.random"].seed()
    if posix.access("matplotlibrc", posix.R_OK):
        modules["matplotlib"].rc_file("matplotlibrc")  # as its import does
    modules["logging"]._startTime = time.time()
    modules["threading"].main_thread()._set_native_id()


def _import_all():
    # matplotlib wants a directory that it may write to, and nothing is writable here: it gets one that programs have.
    # What it says about that would be in the buffer of every program's standard error; and a module that keeps a stream
    # would keep it from being flushed at its end.
    import os  # noqa: PLC0415
    import shutil  # noqa: PLC0415
    import tempfile  # noqa: PLC0415
    import threading  # noqa: PLC0415

    names = ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__")
    usual, streams = tempfile.mkdtemp, {name: getattr(sys, name) for name in names}
    vars(sys).update(dict.fromkeys(names))
    tempfile.mkdtemp = lambda **_: os.environ["MPLCONFIGDIR"]
    for name in AHEAD:
        __import__(name)
    tempfile.mkdtemp = usual
    vars(sys).update(streams)
    atexit.unregister(shutil.rmtree)  # of that directory
    for thread in threading.enumerate():  # a timer, for the case that matplotlib takes long to look for fonts
        if thread is not threading.main_thread():
            thread.join(_TIMER_S)
    threading._counter = type(itertools.count())(1).__next__  # of names: "Thread-1"


def _end():
    finder.end()


def prepare():
    """Import the modules, and put them out of sight of programs and of the collector of garbage."""
    global finder  # noqa: PLW0603
    atexit.register(_end)  # the first one is called last
    before = {*sys.modules} - {__name__, *_OWN}
    del sys.modules[__name__]
    filters = list(_warnings.filters)
    gc.collect()
    ours = gc.get_objects()
    _import_all()
    if len(posix.listdir("/proc/self/task")) != 1:
        raise RuntimeError("an import has started a thread, which a program would lack")
    finder = _Ahead({name: module for name, module in sys.modules.items() if name not in before})
    finder.take_out()
    sys.path_importer_cache.clear()
    finder.filters = _warnings.filters[: -len(filters)]
    _warnings.filters[:] = filters
    sys.meta_path.insert(0, finder)
    gc.collect()
    # A collection writes to every object that it looks at, and so copies its page. What every start loads is left to it
    # as without us: else what a program attaches to that, its globals among it, would not be finalized.
    gc.freeze()
    ctypes = finder.create_module(_Spec("ctypes", None))  # numpy imports it
    untrack, track = ctypes.pythonapi.PyObject_GC_UnTrack, ctypes.pythonapi.PyObject_GC_Track
    untrack.argtypes = track.argtypes = (ctypes.py_object,)
    untrack.restype = track.restype = None
    for each in ours:
        if gc.is_tracked(each):
            untrack(each)
            track(each)
    del ours, each
    gc.collect()
