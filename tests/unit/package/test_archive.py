"""Archives are unpacked within their limits, and nothing is written outside the directory."""

import bz2
import gzip
import io
import lzma
import os
import random
import stat
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.harness.zips import zip_with_entry_at
from tests.unit.package.packages import LEGACY
from zuko.cli.solutions import read_problem
from zuko.errors import ProblemError
from zuko.package.archive import THE_PACKAGES, ArchiveLimits, extract, package_directory

LONG: Final = "/".join(["directory" * 8] * 3) + "/" + "n" * 180 + ".in"  # longer than a tar header's fields
ODD: Final = "d\u00e9j\u00e0/vu"
SMALL: Final = ArchiveLimits(entries=5, depth=3, file_bytes=2000, total_bytes=20_000, ratio=10, ratio_from_bytes=1000)

Make = Callable[[Mapping[str, bytes]], bytes]


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def tarred(files: Mapping[str, bytes], format_: int = tarfile.PAX_FORMAT) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=format_) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return made.getvalue()


def tar_of(*entries: tarfile.TarInfo) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for entry in entries:
            archive.addfile(entry, io.BytesIO(b"x" * entry.size))
    return made.getvalue()


def entry(
    name: str, type_: bytes = tarfile.REGTYPE, *, target: str = "", size: int = 0, mode: int = 0o644
) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size, info.mode = type_, target, size, mode
    return info


def unpack(content: bytes, into: Path, limits: ArchiveLimits = THE_PACKAGES) -> dict[str, bytes]:
    extract(io.BytesIO(content), into, name="p.zip", limits=limits)
    return {str(path.relative_to(into)): path.read_bytes() for path in into.rglob("*") if path.is_file()}


FORMATS: Final[Mapping[str, Make]] = {
    "stored": lambda files: zipped(files, zipfile.ZIP_STORED),
    "deflated": zipped,
    "zip of bzip2": lambda files: zipped(files, zipfile.ZIP_BZIP2),
    "pax": tarred,
    "gnu": lambda files: tarred(files, tarfile.GNU_FORMAT),
    "gz": lambda files: gzip.compress(tarred(files)),
    "bz2": lambda files: bz2.compress(tarred(files)),
    "xz": lambda files: lzma.compress(tarred(files)),
}


@pytest.mark.parametrize("make", FORMATS.values(), ids=FORMATS)
def test_every_format_gives_the_same_files(make: Make, tmp_path: Path) -> None:
    files = {
        "problem.yaml": b"name: x\n",
        LONG: bytes(range(256)) * 1000,
        ODD: b"",
        "block": b"b" * 512,
        "./a/../b".replace("../", ""): b"dots",
    }
    content = make(files)
    (tmp_path / "archive").write_bytes(content)
    into = tmp_path / "into"
    into.mkdir()
    extract(tmp_path / "archive", into, name="archive")
    found = {str(path.relative_to(into)): path.read_bytes() for path in into.rglob("*") if path.is_file()}
    assert found == {name.removeprefix("./"): content for name, content in files.items()}


def test_ustar(tmp_path: Path) -> None:
    files = {"p" * 90 + "/" + "n" * 90: b"1", "short": b"2"}
    assert unpack(tarred(files, tarfile.USTAR_FORMAT), tmp_path) == files


def test_modes_and_directories(tmp_path: Path) -> None:
    made = tar_of(entry("run", size=1, mode=0o4755), entry("data", size=1, mode=0o600), entry("empty", tarfile.DIRTYPE))
    unpack(made, tmp_path)
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {
        "run": 0o755,
        "data": 0o644,
        "empty": 0o755,
    }


def test_links_within(tmp_path: Path) -> None:
    made = tar_of(
        entry("a/link", tarfile.SYMTYPE, target="../b/file"),
        entry("b/file", size=3),
        entry("hard", tarfile.LNKTYPE, target="./b/file"),
    )
    assert unpack(made, tmp_path) == {"a/link": b"xxx", "b/file": b"xxx", "hard": b"xxx"}


def zip_link(name: str, target: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, target)
        archive.writestr("file", "1")
    return made.getvalue()


def test_a_link_in_a_zip(tmp_path: Path) -> None:
    assert unpack(zip_link("link", "file"), tmp_path) == {"link": b"1", "file": b"1"}


def test_separators_of_windows(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        info = zipfile.ZipInfo("x")
        info.filename, info.create_system = "data\\secret\\1.in", 0
        archive.writestr(info, "1")
    assert unpack(made.getvalue(), tmp_path) == {"data/secret/1.in": b"1"}


OUT: Final = "is a path that leads out of the archive"
LINK_OUT: Final = "is a link that leads out of the package"
REFUSED: Final[Mapping[str, tuple[bytes, str]]] = {
    "zip, absolute": (zipped({"/etc/x": b""}), f"p.zip: /etc/x: {OUT}"),
    "zip, up": (zipped({"a/../../x": b""}), f"p.zip: a/../../x: {OUT}"),
    "tar, absolute": (tarred({"/etc/x": b""}), f"p.zip: /etc/x: {OUT}"),
    "tar, up": (tarred({"..": b""}), f"p.zip: ..: {OUT}"),
    "link, absolute": (tar_of(entry("l", tarfile.SYMTYPE, target="/etc/passwd")), f"p.zip: l: {LINK_OUT}"),
    "link, up": (tar_of(entry("a/l", tarfile.SYMTYPE, target="../../x")), f"p.zip: a/l: {LINK_OUT}"),
    "zip, link": (zip_link("l", "../x"), f"p.zip: l: {LINK_OUT}"),
    "zip, link with NUL": (zip_link("l", "a\0b"), "p.zip: l: is a link to nothing"),
    "link through a link": (
        tar_of(entry("x/y", tarfile.SYMTYPE, target=".."), entry("z", tarfile.SYMTYPE, target="x/y/../..")),
        f"p.zip: z: {LINK_OUT}",
    ),
    "below a link": (
        tar_of(entry("l", tarfile.SYMTYPE, target="/tmp"), entry("l/x", size=1)),
        "p.zip: l: is in the archive twice",
    ),
    "below a file": (tarred({"f": b"", "f/x": b""}), "p.zip: f: is in the archive twice"),
    "twice": (tar_of(entry("f"), entry("./f")), "p.zip: f: is in the archive twice"),
    "hard link out": (tar_of(entry("h", tarfile.LNKTYPE, target="../x")), f"p.zip: ../x: {OUT}"),
    "hard link to a link": (
        tar_of(entry("l", tarfile.SYMTYPE, target="/etc/passwd"), entry("h", tarfile.LNKTYPE, target="l")),
        "p.zip: h: is a hard link to a file that does not come before it",
    ),
    "device": (tar_of(entry("d", tarfile.CHRTYPE)), "p.zip: d: is neither a file, a directory nor a link"),
    "pipe": (tar_of(entry("d", tarfile.FIFOTYPE)), "p.zip: d: is neither a file, a directory nor a link"),
    "name too long": (zipped({"n" * 256: b""}), "p.zip: nnn"),
    "text": (b"hello", "p.zip: is not an archive that can be read: zip, tar, tar.gz, tar.bz2 or tar.xz"),
    "empty": (b"", "p.zip: is not an archive that can be read"),
    "cut zip": (zipped({"f": b"1" * 100})[:-30], "p.zip: is damaged: File is not a zip file"),
    "a place beyond all files": (zip_with_entry_at(2**64 - 1), "p.zip: is damaged"),
    "cut gz": (gzip.compress(tarred({"f": os.urandom(9000)}))[:5000], "p.zip: is damaged: Compressed file ended"),
    "cut xz": (
        lzma.compress(tarred({"f": os.urandom(9000)}))[:5000],
        "p.zip: is damaged: the compressed data ends too early",
    ),
    "cut tar": (tarred({"f": b"1" * 9000})[:5000], "p.zip: is damaged: it ends within a file"),
    "lzma": (zipped({"f": b"1"}, zipfile.ZIP_LZMA), "p.zip: f: is compressed by a method that is not supported"),
}


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(content: bytes, message: str, tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    with pytest.raises(ProblemError) as caught:
        unpack(content, into)
    assert str(caught.value).startswith(message)
    assert list(tmp_path.iterdir()) == [into]


def test_encrypted(tmp_path: Path) -> None:
    made = bytearray(zipped({"f": b"1"}))
    made[made.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ProblemError, match=r"p\.zip: f: is encrypted"):
        unpack(bytes(made), tmp_path)


BOUNDS: Final[Mapping[str, tuple[Mapping[str, bytes], str]]] = {
    "entries": ({f"d{number}/f": b"" for number in range(3)}, "p.zip: has more than 5 files and directories"),
    "depth": ({"a/b/c/d": b""}, "p.zip: a/b/c/d: directories are nested more than 3 deep"),
    "file": ({"f": os.urandom(2001)}, "p.zip: f: is larger than 2000 bytes"),
    "total": ({f"{number}": os.urandom(2000) for number in range(5)}, ""),
    "ratio": ({"f": bytes(1800), "g": bytes(1999), "h": bytes(2000)}, "p.zip: is more than 10 times larger"),
}


@pytest.mark.parametrize("make", [zipped, lambda files: gzip.compress(tarred(files))], ids=["zip", "tar"])
@pytest.mark.parametrize(("files", "message"), BOUNDS.values(), ids=BOUNDS)
def test_bounds(make: Make, files: Mapping[str, bytes], message: str, tmp_path: Path) -> None:
    if not message:
        assert len(unpack(make(files), tmp_path, SMALL)) == len(files)
        return
    with pytest.raises(ProblemError) as caught:
        unpack(make(files), tmp_path, SMALL)
    assert str(caught.value).startswith(message)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) <= SMALL.total_bytes


@pytest.mark.parametrize("make", [zipped, tarred], ids=["zip", "tar"])
def test_the_total_is_bounded(make: Make, tmp_path: Path) -> None:
    limits = ArchiveLimits(total_bytes=5000)
    with pytest.raises(ProblemError, match=r"p\.zip: is larger than 5000 bytes when it is unpacked"):
        unpack(make({f"{number}": os.urandom(2000) for number in range(4)}), tmp_path, limits)


def test_large_headers_are_not_kept(tmp_path: Path) -> None:
    """`tarfile` would hold a name of any length in memory; of a bomb, nothing is written."""
    long = tar_of(entry("a" * 70_000 + "/f"))
    with pytest.raises(ProblemError, match="a header of more than 65536 bytes is not supported"):
        unpack(long, tmp_path)
    made = bytearray(zipped({"f": b"1"}))
    at = made.rindex(b"PK\x05\x06")
    made[at + 12 : at + 16] = (1 << 30).to_bytes(4, "little")
    with pytest.raises(ProblemError, match=r"is damaged|list of contents"):
        unpack(bytes(made), tmp_path)


@pytest.mark.parametrize("make", FORMATS.values(), ids=FORMATS)
def test_damaged_archives_are_errors_of_the_package(make: Make, tmp_path: Path) -> None:
    """Whatever byte is wrong, the archive is unpacked or refused: no other exception, no file outside."""
    draw = random.Random(7)
    sound = make({"problem.yaml": b"name: x\n", ODD: b"1" * 600, LONG: b""})
    for number in range(150):
        content = bytearray(sound)
        for _ in range(draw.randint(1, 4)):
            content[draw.randrange(len(content))] = draw.randrange(256)
        into = tmp_path / str(number)
        into.mkdir()
        try:
            extract(io.BytesIO(bytes(content)), into, name="p", limits=SMALL)
        except ProblemError:
            continue
    assert len(list(tmp_path.iterdir())) == 150


class _Counted(io.BytesIO):
    """A file that counts what is read of it."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        block = super().read(size)
        self.count += len(block)
        return block


def test_a_bomb_is_left_early(tmp_path: Path) -> None:
    bomb = _Counted(gzip.compress(tarred({"f": bytes(40 << 20)})))
    with pytest.raises(ProblemError, match="p: is larger than 20000 bytes"):
        extract(bomb, tmp_path, name="p", limits=SMALL)
    assert bomb.count < 200_000


@pytest.mark.parametrize(
    ("names", "directory"),
    [
        (("problem.yaml", "data/x"), ""),
        (("hello/problem.yaml",), "hello"),
        (("hello/problem.yaml", "__MACOSX/hello/x", ".DS_Store"), "hello"),
        (("problem.yaml",), ""),
    ],
)
def test_package_directory(names: tuple[str, ...], directory: str, tmp_path: Path) -> None:
    unpack(zipped(dict.fromkeys(names, b"")), tmp_path)
    assert package_directory(tmp_path) == tmp_path / directory


def test_the_command_line_reads_an_archive(tmp_path: Path) -> None:
    archive = tmp_path / "hello.zip"
    archive.write_bytes(zipped({name: content.encode() for name, content in LEGACY.items()}))
    package = read_problem(archive)
    assert (package.problem.name, package.title, len(package.problem.cases)) == ("hello", "Legacy", 1)
    archive.write_bytes(zipped({f"p/{name}": content.encode() for name, content in LEGACY.items()}))
    assert read_problem(archive).problem.name == "p"
    archive.write_bytes(zipped({"p/problem.yaml": b"\ntime_limit: 1"}))
    with pytest.raises(ProblemError, match=rf"^{archive}/problem.yaml, line 2: time_limit: belongs in"):
        read_problem(archive)
    archive.write_bytes(b"x")
    with pytest.raises(ProblemError, match=rf"^{archive}: is not an archive"):
        read_problem(archive)
