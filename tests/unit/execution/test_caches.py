"""Directories and files of caches."""

from pathlib import Path

import pytest

from zuko.execution.caches import user_cache, write_atomically


def test_the_directory_is_the_user_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/one")
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache/x")
    assert user_cache("a") == Path("/var/cache/x/zuko/a")
    for unusable in ("relative", ""):
        monkeypatch.setenv("XDG_CACHE_HOME", unusable)
        assert user_cache("a") == Path("/home/one/.cache/zuko/a")


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()  # no file can take its place
    with pytest.raises(OSError, match="directory"):
        write_atomically(tmp_path / "a", b"1")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    write_atomically(tmp_path / "b", b"1")
    assert ((tmp_path / "b").read_bytes(), (tmp_path / "b").stat().st_mode & 0o777) == (b"1", 0o600)
