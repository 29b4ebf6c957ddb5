"""The files of stored problems on this machine: fetched once, compared with their hashes, bounded, shared."""

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from tests import ROOT
from zuko.errors import StoreError
from zuko.execution.caches import tidy
from zuko.submissions.model import ProblemFile
from zuko.submissions.part_cache import PartCache

MIB: Final = 1 << 20


class Parts:
    """The parts of a store, and how often each was read."""

    def __init__(self, **contents: bytes) -> None:
        self.files = tuple(
            ProblemFile(path.replace("__", "/"), hashlib.sha256(content).hexdigest(), len(content))
            for path, content in contents.items()
        )
        self.contents = {hashlib.sha256(content).hexdigest(): content for content in contents.values()}
        self.reads: Counter[str] = Counter()
        self._lock = threading.Lock()

    def get(self, digest: str) -> bytes | None:
        with self._lock:
            self.reads[digest] += 1
        return self.contents.get(digest)


def read(cache: PartCache, parts: Parts, files: tuple[ProblemFile, ...] | None = None) -> dict[str, bytes]:
    with cache.tree("sums", parts.files if files is None else files, parts.get) as tree:
        assert tree.name == "sums"
        found = {str(path.relative_to(tree)): path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    assert not tree.exists()
    return found


def cached(directory: Path) -> list[Path]:
    return [path for path in (directory / "parts").rglob("*") if path.is_file()]


def test_a_file_is_fetched_once(tmp_path: Path) -> None:
    parts = Parts(data__1=b"one", data__same=b"one", problem=b"two", empty=b"")
    expected = {"data/1": b"one", "data/same": b"one", "problem": b"two", "empty": b""}
    cache = PartCache(tmp_path, MIB)
    assert read(cache, parts) == expected
    assert set(parts.reads.values()) == {1}
    assert read(cache, parts) == expected
    assert read(PartCache(tmp_path, MIB), parts) == expected, "another process finds them"
    assert set(parts.reads.values()) == {1}
    assert cache.size_bytes() == 6


def test_test_data_are_for_their_owner_alone(tmp_path: Path) -> None:
    directory = tmp_path / "cache"
    read(PartCache(directory, MIB), Parts(a=b"secret"))
    assert directory.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", [b"", b"onf", b"one and more"])
def test_a_damaged_file_is_fetched_again(tmp_path: Path, damage: bytes) -> None:
    parts = Parts(a=b"one")
    cache = PartCache(tmp_path, MIB)
    read(cache, parts)
    (path,) = cached(tmp_path)
    path.write_bytes(damage)
    assert read(cache, parts) == {"a": b"one"}
    assert path.read_bytes() == b"one"
    assert set(parts.reads.values()) == {2}


def test_what_was_not_used_for_longest_goes(tmp_path: Path) -> None:
    parts = Parts(**{f"f{number}": bytes([number]) * 100_000 for number in range(12)})
    cache = PartCache(tmp_path, 500_000)
    for number, file in enumerate(parts.files):
        read(cache, parts, (file, parts.files[0]))  # the first one is used all the time
        for path in cached(tmp_path):  # as if each use had been a second after the one before
            if path.stat().st_mtime > 1e9:
                os.utime(path, (number, number))
        assert cache.size_bytes() <= 500_000
    assert parts.reads[parts.files[0].digest] == 1
    kept = {path.name for path in cached(tmp_path)}
    assert parts.files[0].digest in kept
    assert parts.files[-1].digest in kept
    assert parts.files[1].digest not in kept


def test_a_problem_that_is_larger_than_the_bound_is_read(tmp_path: Path) -> None:
    parts = Parts(**{f"f{number}": bytes([number]) * 1000 for number in range(20)})
    cache = PartCache(tmp_path, 5000)
    for _ in range(2):
        assert len(read(cache, parts)) == 20
        assert cache.size_bytes() <= 5000


def test_a_part_that_the_store_does_not_have(tmp_path: Path) -> None:
    parts = Parts(a=b"one")
    parts.contents.clear()
    with pytest.raises(StoreError, match="does not have a file of the problem 'sums'"):
        read(PartCache(tmp_path, MIB), parts)
    assert not list((tmp_path / "trees").iterdir())


def test_an_error_of_the_store_ends_the_reading(tmp_path: Path) -> None:
    def fail(_: str) -> bytes:
        raise StoreError("away")

    with (
        pytest.raises(StoreError, match="away"),
        PartCache(tmp_path, MIB).tree("sums", Parts(a=b"one").files, fail),
    ):
        pass
    assert not cached(tmp_path)


def test_what_a_program_may_execute_has_its_mode(tmp_path: Path) -> None:
    parts = Parts(a=b"one")
    (file,) = parts.files
    files = (file, ProblemFile("run", file.digest, file.size_bytes, 0o755))
    cache = PartCache(tmp_path, MIB)
    for _ in range(2):
        with cache.tree("sums", files, parts.get) as tree:
            assert (tree / "run").stat().st_mode & 0o777 == 0o755
            assert (tree / "a").stat().st_mode & 0o111 == 0


def test_a_directory_that_cannot_be_used(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A process without a home judges, too; it keeps problems for itself."""
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    parts = Parts(a=b"one")
    cache = PartCache(blocked / "cache", MIB)
    assert read(cache, parts) == read(cache, parts) == {"a": b"one"}
    assert set(parts.reads.values()) == {1}
    assert "for this process alone" in caplog.text


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    for name, age_s in (("old", 7200), ("new", 60)):
        left = tmp_path / "trees" / name / "sums"
        left.mkdir(parents=True)
        os.utime(left.parent, (time.time() - age_s,) * 2)
    read(PartCache(tmp_path, MIB), Parts(a=b"one"))
    assert [path.name for path in (tmp_path / "trees").iterdir()] == ["new"]


def test_what_another_process_writes_is_not_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that makes room must not take the file that is about to be a part; one that was left for long goes."""
    replace, seen = os.replace, list[str]()

    def replace_late(new: str, path: Path) -> None:
        tidy(tmp_path / "parts", 1)
        seen.append(Path(new).name)
        replace(new, path)

    monkeypatch.setattr("zuko.execution.caches.os.replace", replace_late)
    assert read(PartCache(tmp_path, MIB), Parts(one=b"1", two=b"2")) == {"one": b"1", "two": b"2"}
    assert len(seen) == 2
    left = tmp_path / "parts" / "00" / seen[0]
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"half of one")
    os.utime(left, (0, 0))
    tidy(tmp_path / "parts", 1)
    assert cached(tmp_path) == []


_PROCESS: Final = """
import sys
from pathlib import Path
from tests.unit.submissions.test_part_cache import Parts, read
from zuko.submissions.part_cache import PartCache

# The bound lets two processes remove what the others are about to use.
parts = Parts(**{f"f{number}": bytes([number]) * 1000 for number in range(20)})
cache = PartCache(Path(sys.argv[1]), 12_000)
for _ in range(6):
    found = read(cache, parts)
    assert all(found[f"f{number}"] == bytes([number]) * 1000 for number in range(20))
"""


def test_processes_share_it(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", _PROCESS, str(tmp_path)], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors.decode()
