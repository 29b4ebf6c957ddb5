"""The store that a setting names."""

import os
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from zuko.errors import StoreError
from zuko.submissions.sqlite import SqliteStore
from zuko.submissions.store import Store

_SQLITE: Final = "sqlite:///"


def make_store(url: str | None) -> Store:
    """Return a store, not open yet.

    Args:
        url: as `ZUKO_STORE` has it; None: a file in the user's state directory. `sqlite:///a.db` is relative to the
            working directory, `sqlite:////var/a.db` is not.

    Raises:
        StoreError: its library is not installed, or there is no such store.
    """
    if url is None:
        return SqliteStore(state_directory() / "submissions.db")
    scheme, _, _ = url.partition("://")
    match scheme:
        case "sqlite" if url.startswith(_SQLITE) and url != _SQLITE:
            return SqliteStore(Path(unquote(url.removeprefix(_SQLITE))))
        case _:
            raise StoreError("ZUKO_STORE: sqlite:///PATH, postgresql://… and aws://TABLE are stores")


def state_directory() -> Path:
    """Return the directory in which we keep state of this user's, by the XDG Base Directory Specification."""
    named = os.environ.get("XDG_STATE_HOME", "")
    base = Path(named) if Path(named).is_absolute() else Path.home() / ".local" / "state"
    return base / "zuko"
