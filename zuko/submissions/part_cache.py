"""The files of stored problems in a directory of this machine: fetched once, shared by processes, bounded.

    parts/ab/abcdef…     a part, by its hash; the time of its last change is that of its last use
    trees/XXXXXXXX/NAME  a package, as links to parts, for as long as it is read

Nothing here is trusted: a part is compared with its hash whenever a package is put together, so a file that a crash or
another program has damaged is fetched again. Each file appears complete, by its renaming.
"""

import contextlib
import hashlib
import logging
import os
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from zuko.errors import LostPartError, StoreError
from zuko.execution.caches import files_in, tidy, write_atomically
from zuko.submissions.model import ProblemFile

log = logging.getLogger(__name__)

GetPart = Callable[[str], bytes | None]

_FETCHES: Final = 8  # at a time: each waits for the store
_STALE_S: Final = 3600.0  # a tree of this age was left by a process that was killed
_BLOCK_BYTES: Final = 1 << 20


class PartCache:
    """Parts of stored problems on this machine's disk. Safe for several threads and processes.

    Args:
        directory: made when it is first needed; where that is not possible, one of this process alone is used.
        limit_bytes: of all parts; those of one package may exceed it for as long as it is put together.
    """

    def __init__(self, directory: Path, limit_bytes: int) -> None:
        self._wanted = directory
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._opened: Path | None = None

    @contextlib.contextmanager
    def tree(self, name: str, files: Sequence[ProblemFile], get_part: GetPart) -> Iterator[Path]:
        """Yield a directory with the files of a package, which are not to be changed.

        Args:
            name: of the directory.
            files: of the package.
            get_part: returns a part by its hash, from any thread; None: it does not exist.

        Raises:
            LostPartError: the store does not have a part.
            StoreError: the store does not answer, or the disk is full.
        """
        try:
            root = self._root()
            with tempfile.TemporaryDirectory(dir=root / "trees") as directory:
                tree = Path(directory) / name
                self._put_together(root, tree, files, get_part)
                yield tree
        except OSError as error:
            raise StoreError(f"the files of a problem cannot be kept: {error.strerror or error}") from error

    def size_bytes(self) -> int:
        """Return the size of all parts."""
        return sum(size_bytes for _, size_bytes, _ in files_in(self._root() / "parts"))

    def _root(self) -> Path:
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def _open(self) -> Path:
        try:
            _make(self._wanted)
        except OSError as error:
            log.warning("%s cannot be used (%s): problems are kept for this process alone", self._wanted, error)
            own = Path(tempfile.mkdtemp(prefix="zuko-problems-"))
            weakref.finalize(self, shutil.rmtree, own, ignore_errors=True)
            _make(own)
            return own
        oldest = time.time() - _STALE_S
        for tree in (self._wanted / "trees").iterdir():
            with contextlib.suppress(OSError):
                if tree.stat().st_mtime < oldest:
                    shutil.rmtree(tree)
        return self._wanted

    def _put_together(self, root: Path, tree: Path, files: Sequence[ProblemFile], get_part: GetPart) -> None:
        tree.mkdir()
        for directory in {(tree / file.path).parent for file in files}:
            directory.mkdir(parents=True, exist_ok=True)
        by_digest: dict[str, list[ProblemFile]] = {}
        for file in files:
            by_digest.setdefault(file.digest, []).append(file)
        missing = [digest for digest, same in by_digest.items() if not _link_all(root, tree, same)]
        if not missing:
            return

        def fetch(digest: str) -> None:
            content = get_part(digest)
            if content is None:
                raise LostPartError(f"the store does not have a file of the problem {tree.name!r}: store it again")
            _write(_path_of(root, digest), content)
            # Written directly if the part is gone again: another process has found the directory too large.
            for file in by_digest[digest]:
                if not _link(_path_of(root, digest), tree / file.path, file.mode):
                    (tree / file.path).write_bytes(content)

        with ThreadPoolExecutor(_FETCHES, "zuko-parts") as threads:
            for fetched in [threads.submit(fetch, digest) for digest in missing]:
                fetched.result()
        with self._lock:
            tidy(root / "parts", self._limit_bytes)


def _make(directory: Path) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)  # test data are secret
    for name in ("parts", "trees"):
        (directory / name).mkdir(exist_ok=True)
    if not os.access(directory / "trees", os.W_OK | os.X_OK) or not os.access(directory / "parts", os.W_OK | os.X_OK):
        raise PermissionError("it is not writable")


def _path_of(root: Path, digest: str) -> Path:
    return root / "parts" / digest[:2] / digest


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    write_atomically(path, content)


def _link_all(root: Path, tree: Path, files: Sequence[ProblemFile]) -> bool:
    """Put a part at each of its places; False: it is not here, or damaged."""
    path = _path_of(root, files[0].digest)
    if not _is_whole(path, files[0].digest):
        return False
    return all(_link(path, tree / file.path, file.mode) for file in files)


def _is_whole(path: Path, digest: str) -> bool:
    """Return whether a part is here as it was stored; record its use. A damaged one is removed."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found == digest:
            os.utime(path)
            return True
        log.warning("a part of a stored problem was damaged on this machine, and is fetched again")
        path.unlink()
    except FileNotFoundError:
        pass
    return False


def _link(path: Path, place: Path, mode: int) -> bool:
    """Put a part at its place in a tree; False: it is gone."""
    try:
        if mode & 0o111 or not _is_linked(path, place):
            shutil.copyfile(path, place)
            place.chmod(mode & 0o755)
    except FileNotFoundError:
        return False
    return True


def _is_linked(path: Path, place: Path) -> bool:
    """Make a link; False: the file system has none, or not so many to one file."""
    try:
        os.link(path, place)
    except FileNotFoundError:
        raise
    except FileExistsError:  # made before another place of the same part found it gone
        return True
    except OSError:
        return False
    return True
