"""The store that ZUKO_STORE names."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT
from zuko.errors import StoreError
from zuko.submissions.make import default_url, make_store
from zuko.submissions.sqlite import SqliteStore


def test_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its path may be absolute or relative, and is taken as it is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for url, path in (
        (f"sqlite:///{tmp_path}/a %20?b.db", tmp_path / "a %20?b.db"),
        ("sqlite:///own/b.db", tmp_path / "own" / "b.db"),
        (None, tmp_path / "state" / "zuko" / "submissions.db"),
    ):
        store = make_store(url)
        assert isinstance(store, SqliteStore)
        assert not path.exists()
        store.open()
        store.close()
        assert path.is_file()


def test_the_default_is_a_file_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere")
    assert default_url() == "sqlite:////somewhere/zuko/submissions.db"
    monkeypatch.setenv("XDG_STATE_HOME", "not/absolute")  # the specification has it ignored
    monkeypatch.setenv("HOME", "/home/one")
    assert default_url() == "sqlite:////home/one/.local/state/zuko/submissions.db"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://host", "no store is called 'mysql'"),
        ("sqlite:///", "sqlite:///PATH"),
        ("sqlite://host/path", "sqlite:///PATH"),
        ("postgresql://host/zuko?nonsense=1", "does not understand"),
        ("", "no store is called ''"),
    ],
)
def test_what_is_not_one_is_refused(url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        make_store(url)


def test_a_library_that_is_missing_is_named() -> None:
    """Without psycopg, which `pip install zuko` does not bring."""
    code = """
import sys
sys.modules["psycopg"] = None
from zuko.errors import StoreError
from zuko.submissions.make import make_store
try:
    make_store("postgresql://host/zuko")
except StoreError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == (
        "ZUKO_STORE: postgresql: the package psycopg is not installed: pip install 'zuko[postgres]'\n"
    )
