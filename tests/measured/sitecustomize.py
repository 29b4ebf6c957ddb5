"""Suspends coverage while modules of others are imported. Every interpreter with this directory on its path loads it.

Under a trace function, CPython 3.12 takes three times as long to import FastAPI and the Docker SDK, which are not
measured: 1.3 s more for each server and 0.9 s more for each command, now 0.3 s (CPU time). What is measured stays the
same, because no module of others runs ours while it is imported.
"""

import builtins
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType

_import = builtins.__import__


def _import_untraced(
    name: str,
    globals: Mapping[str, object] | None = None,
    locals: Mapping[str, object] | None = None,
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    trace = sys.gettrace()
    if trace is None or level or name in sys.modules or name.partition(".")[0] == "zuko":
        return _import(name, globals, locals, fromlist, level)
    sys.settrace(None)
    try:
        return _import(name, globals, locals, fromlist, level)
    finally:
        sys.settrace(trace)


builtins.__import__ = _import_untraced
