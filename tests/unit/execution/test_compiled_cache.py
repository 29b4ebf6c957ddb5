"""Compiled programs that are kept: found again, bounded, and never wrong."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from zuko.execution import compiled_cache
from zuko.execution.compiled_cache import Compiled, CompiledCache, key_of
from zuko.languages.table import LANGUAGES
from zuko.types import SourceFile

CPP = LANGUAGES["cpp"]
SOURCES = (SourceFile("main.cpp", b"int main() {}"), SourceFile("testlib.h", b"// 2"))
PROGRAM = Compiled((SourceFile("main", bytes(range(256)) * 40, 0o755), SourceFile("größe", b"")), "warning: ä")
KEY = key_of(CPP, SOURCES, "sha256:1")


def files_of(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def test_a_program_is_found_again_by_this_process_and_others(tmp_path: Path) -> None:
    cache = CompiledCache(tmp_path / "kept", 1 << 20)
    assert cache.get(KEY) is None
    cache.put(KEY, PROGRAM)
    assert cache.get(KEY) == PROGRAM
    assert CompiledCache(tmp_path / "kept", 1 << 20).get(KEY) == PROGRAM
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o700
    assert CompiledCache(tmp_path / "kept", 1 << 20).get(key_of(CPP, SOURCES, "sha256:2")) is None


def test_the_key_is_all_that_a_program_is_made_of() -> None:
    changed = [
        (CPP, SOURCES, "sha256:2"),
        (LANGUAGES["cpp23"], SOURCES, "sha256:1"),
        (LANGUAGES["c"], SOURCES, "sha256:1"),
        (CPP, SOURCES[:1], "sha256:1"),
        (CPP, SOURCES[::-1], "sha256:1"),
        (CPP, (SOURCES[0], replace(SOURCES[1], content=b"// 3")), "sha256:1"),
        (CPP, (SOURCES[0], replace(SOURCES[1], name="testlib.hp")), "sha256:1"),
        (replace(CPP, run_argv=("other",)), SOURCES, "sha256:1"),
        (CPP, (SourceFile("main.cpp", b"int main() {}testlib.h// 2"),), "sha256:1"),
    ]
    assert len({KEY, *(key_of(*each) for each in changed)}) == len(changed) + 1
    assert key_of(CPP, SOURCES, "sha256:1") == KEY


@pytest.mark.parametrize("at", [0, 31, 32, 60, -1], ids=["hash", "end of hash", "magic", "header", "content"])
def test_a_damaged_program_is_not_used_and_goes(tmp_path: Path, at: int) -> None:
    CompiledCache(tmp_path, 1 << 20).put(KEY, PROGRAM)
    (path,) = files_of(tmp_path)
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    assert CompiledCache(tmp_path, 1 << 20).get(KEY) is None
    assert files_of(tmp_path) == []
    for size in (0, 10, 32, 50, len(content) - 1):
        path.write_bytes(content[:size])
        assert CompiledCache(tmp_path, 1 << 20).get(KEY) is None


def test_what_was_not_used_for_longest_goes(tmp_path: Path) -> None:
    limit = 5 * 11_000
    cache = CompiledCache(tmp_path, limit)
    keys = [key_of(CPP, SOURCES, str(number)) for number in range(12)]
    for number, key in enumerate(keys):
        cache.put(key, PROGRAM)
        if (path := tmp_path / key[:2] / key).exists():
            os.utime(path, (number, number))
    assert sum(path.stat().st_size for path in files_of(tmp_path)) <= limit
    other = CompiledCache(tmp_path, limit)
    kept = [key for key in keys if other.get(key) is not None]
    assert kept == keys[-len(kept) :]
    assert kept
    assert cache._memory_bytes <= limit // compiled_cache._MEMORY_PART


def test_without_a_place_or_a_size_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = CompiledCache(tmp_path / "file" / "kept", 1 << 20)
    cache.put(KEY, PROGRAM)
    assert cache.get(KEY) == PROGRAM
    off = CompiledCache(tmp_path / "off", 0)
    off.put(KEY, PROGRAM)
    assert off.get(KEY) is None
    assert not off.is_on
    small = CompiledCache(tmp_path / "small", 1000)
    small.put(KEY, PROGRAM)
    assert small.get(KEY) is None
    assert not (tmp_path / "off").exists()
    assert not (tmp_path / "small").exists()
