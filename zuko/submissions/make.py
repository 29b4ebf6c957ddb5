"""The store that a URL names. Each kind's module is loaded when it is needed, and has `make_store(url)`, too."""

import importlib
import os
from pathlib import Path
from typing import Final

from zuko.errors import StoreError
from zuko.submissions.store import Store

_MODULES: Final = {"sqlite": "sqlite", "postgresql": "postgres", "postgres": "postgres", "aws": "aws"}
_EXTRAS: Final = {"postgres": "postgres", "aws": "aws"}  # of the package, with the libraries


def make_store(url: str | None) -> Store:
    """Return the store of a URL, not opened yet; it connects to nothing.

    Args:
        url: as `ZUKO_STORE` has it; None: the user's own file.

    Raises:
        StoreError: its library is not installed, or no such store exists.
    """
    if url is None:
        url = default_url()
    scheme = url.partition(":")[0]
    if scheme not in _MODULES:
        raise StoreError(f"ZUKO_STORE: no store is called {scheme!r:.80}")
    name = _MODULES[scheme]
    try:
        module = importlib.import_module(f"zuko.submissions.{name}")
    except ImportError as error:
        extra = f": pip install 'zuko[{_EXTRAS[name]}]'" if name in _EXTRAS else ""
        raise StoreError(f"ZUKO_STORE: {scheme}: the package {error.name} is not installed{extra}") from error
    store: Store = module.make_store(url)
    return store


def default_url() -> str:
    """Return the URL of the user's own file, as the XDG Base Directory Specification has it."""
    state = os.environ.get("XDG_STATE_HOME", "")
    try:
        directory = Path(state) if os.path.isabs(state) else Path.home() / ".local" / "state"
    except RuntimeError:  # a user without a home, as in some containers
        directory = Path("/var/lib")
    return f"sqlite:///{directory / 'zuko' / 'submissions.db'}"
