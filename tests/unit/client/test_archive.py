"""A package that is pushed: the archive that is made of a directory, and the name of the problem."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from tests.harness.problem_store import write_package
from zuko.client import archive
from zuko.client.archive import checked_name, name_of, write_tar
from zuko.errors import ProblemError, SubmissionError


def packed(package: Path) -> dict[str, bytes]:
    content = io.BytesIO()
    write_tar(package, content)
    content.seek(0)
    with tarfile.open(fileobj=content) as packed:
        entries = packed.getmembers()
        assert {(entry.uid, entry.uname, entry.mtime) for entry in entries} == {(0, "", 0)}
        return {entry.name: file.read() for entry in entries if (file := packed.extractfile(entry))}


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
    monkeypatch.setattr(archive, "_ENTRIES_MAX", 100)
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
    assert name_of(tmp_path / file) == name


def test_the_name_of_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Sums.v2").mkdir()
    assert name_of(tmp_path / "Sums.v2") == "sums.v2"
    monkeypatch.chdir(tmp_path / "Sums.v2")
    assert name_of(Path()) == "sums.v2"


@pytest.mark.parametrize("name", ["", "Sums", "-a", "a b", "a/b", "a" * 65, "sums@1"])
def test_what_is_not_a_name(name: str) -> None:
    with pytest.raises(SubmissionError, match="is not a name of a problem"):
        checked_name(name)
