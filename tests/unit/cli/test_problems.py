"""`zuko problems push`: the archive that is made of a directory, and the name of the problem."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from tests.harness.problem_store import write_package
from zuko.cli import problems
from zuko.cli.problems import _name_of, _write_tar
from zuko.errors import ProblemError


def packed(package: Path) -> dict[str, bytes]:
    content = io.BytesIO()
    _write_tar(package, content)
    content.seek(0)
    with tarfile.open(fileobj=content) as archive:
        entries = archive.getmembers()
        assert {(entry.uid, entry.uname, entry.mtime) for entry in entries} == {(0, "", 0)}
        return {entry.name: file.read() for entry in entries if (file := archive.extractfile(entry))}


def test_a_directory_is_archived_without_hidden_files(tmp_path: Path) -> None:
    package = write_package(tmp_path)
    (package / ".git").mkdir()
    (package / ".git/config").write_text("x")
    (package / "data/.DS_Store").write_text("x")
    (package / "data/secret/a b.in").write_text("1")
    (package / os.fsdecode(b"caf\xe9")).write_text("x")
    (package / "data/secret/2.in").symlink_to("1.in")
    os.mkfifo(package / "pipe")
    found = packed(package)
    assert sorted(map(os.fsencode, found)) == [
        b".timelimit",
        b"caf\xe9",
        b"data/secret/1.ans",
        b"data/secret/1.in",
        b"data/secret/2.in",
        b"data/secret/a b.in",
        b"problem.yaml",
        b"submissions/accepted/add.py",
    ]
    assert found["data/secret/2.in"] == found["data/secret/1.in"]


def test_the_same_directory_is_the_same_archive(tmp_path: Path) -> None:
    package = write_package(tmp_path)
    assert packed(package) == packed(package)


def test_a_directory_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problems, "_ENTRIES_MAX", 100)
    package = write_package(tmp_path)
    (package / "again").symlink_to(package)
    with pytest.raises(ProblemError, match="more than 100 files"):
        packed(package)


@pytest.mark.parametrize(
    ("file", "name"),
    [("Sums.zip", "sums"), ("sums.tar.gz", "sums"), ("a.b.tgz", "a.b"), ("sums.kpp", "sums"), ("sums", "sums")],
)
def test_the_name_of_an_archive(tmp_path: Path, file: str, name: str) -> None:
    (tmp_path / file).write_bytes(b"")
    assert _name_of(tmp_path / file) == name


def test_the_name_of_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Sums.v2").mkdir()
    assert _name_of(tmp_path / "Sums.v2") == "sums.v2"
    monkeypatch.chdir(tmp_path / "Sums.v2")
    assert _name_of(Path()) == "sums.v2"
