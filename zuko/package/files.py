"""Access to the files of a package: limited in number and size, and never outside the package."""

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from zuko.errors import ProblemError
from zuko.judge.diff import printable
from zuko.package.constants import NO_CONSTANTS

FILE_MAX_BYTES: Final = 128 << 20
TOTAL_MAX_BYTES: Final = 1 << 30  # all of it is held in memory
ENTRIES_MAX: Final = 50_000  # of all directories together
DEPTH_MAX: Final = 12  # nested directories: links may form a cycle

# "General requirements" of the format: files with other names are not part of the package.
# "Languages" has the ending .c++ nevertheless.
_NAME: Final = re.compile(r"[a-zA-Z0-9_](?!.{255})[a-zA-Z0-9_.-]*(?:\.c\+\+)?")
NAME_RULE: Final = "names in a package consist of letters, digits, _, . and -, and do not begin with . or -"


_DECISIVE: Final = frozenset(
    ("data", "output_validators", "output_validator", "input_validators", "input_format_validators")
)
_TEXTS: Final = (".txt", ".md", ".pdf", ".png", ".jpg", ".svg", ".bak", ".orig", "~")  # neither data nor programs
_PATH_SHOWN: Final = 4096  # characters


class PackageFiles:
    """The files of a package, by paths relative to it, with `/`; "" is the package itself.

    Links are followed as long as they stay within the package. The limits apply to everything that one object reads.
    """

    def __init__(self, root: Path) -> None:
        self._root = Path(os.path.realpath(root))
        self._bytes = 0
        self._entries = 0
        self.constants = NO_CONSTANTS
        self.misnamed: dict[str, None] = {}  # paths in listed directories that are not part of the package; ordered
        with readable(root.name):
            is_dir = self._root.is_dir()
        if not is_dir:
            raise ProblemError(root.name, "a problem package must be a directory")

    @property
    def name(self) -> str:
        """The package's short name: the name of its directory."""
        return self._root.name

    def list(self, path: str) -> tuple[str, ...]:
        """Return the sorted names in a directory, without those that the format does not allow.

        The result is empty if the directory does not exist.

        Raises:
            ProblemError: a link leads out of the package, there are too many entries, a name that is not allowed
                belongs to test data or a validator, or the directory cannot be read.
        """
        if not self.is_dir(path):
            return ()
        if path.count("/") >= DEPTH_MAX:
            raise ProblemError(path, f"directories are nested more than {DEPTH_MAX} deep")
        names = []
        with readable(path), os.scandir(self._resolve(path)) as entries:
            for entry in entries:
                self._entries += 1
                if self._entries > ENTRIES_MAX:
                    raise ProblemError(path, f"the package has more than {ENTRIES_MAX} files and directories")
                if is_package_name(entry.name):
                    names.append(entry.name)
                elif not entry.name.startswith("."):  # hidden files are ignored
                    self._note_misnamed(f"{path}/{entry.name}", is_dir=entry.is_dir())
        return tuple(sorted(names))

    def is_dir(self, path: str) -> bool:
        """Return whether the path is a directory, or a link to one in the package."""
        with readable(path):
            return self._resolve(path).is_dir()

    def is_file(self, path: str) -> bool:
        """Return whether the path is a regular file, or a link to one in the package."""
        with readable(path):
            return self._resolve(path).is_file()

    def read(self, path: str, limit_bytes: int = FILE_MAX_BYTES) -> bytes:
        """Return the content of a regular file.

        Raises:
            ProblemError: it is missing, not a regular file, or larger than its limit, or all files that were read are
                larger than their common limit.
        """
        with readable(path):
            # O_NONBLOCK: opening a FIFO would wait for a writer.
            descriptor = os.open(self._resolve(path), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise ProblemError(path, "is not a regular file")
                content = file.read(limit_bytes + 1)
        if len(content) > limit_bytes:
            raise ProblemError(path, f"is larger than {limit_bytes} bytes")
        self._bytes += len(content)
        if self._bytes > TOTAL_MAX_BYTES:
            raise ProblemError(path, f"the package's files are larger than {TOTAL_MAX_BYTES} bytes in all")
        return content

    def read_source(self, path: str, limit_bytes: int = FILE_MAX_BYTES) -> bytes:
        """Return the content of a file in which constants stand for their values; see `read`."""
        return self.constants.replaced(self.read(path, limit_bytes))

    def _note_misnamed(self, path: str, *, is_dir: bool) -> None:
        """Raise for a misnamed test case or validator, which must not be left out; note other files."""
        shown = shown_path(path)
        if path.partition("/")[0] in _DECISIVE and (is_dir or not path.endswith(_TEXTS)):
            raise ProblemError(shown, NAME_RULE)
        self.misnamed[shown] = None

    def _resolve(self, path: str) -> Path:
        resolved = Path(os.path.realpath(self._root / path))
        if not resolved.is_relative_to(self._root):
            raise ProblemError(path, "is a link that leads out of the package: put the file itself there")
        return resolved


def is_package_name(name: str) -> bool:
    """Return whether the format allows a name of a file or directory."""
    return _NAME.fullmatch(name) is not None


def shown_path(path: str) -> str:
    """Return a path as it can be printed, whatever its bytes are."""
    return printable(path.encode(errors="surrogateescape"), _PATH_SHOWN)


@contextlib.contextmanager
def readable(path: str) -> Iterator[None]:
    """Turn errors of the file system into errors of the package."""
    try:
        yield
    except FileNotFoundError:
        raise ProblemError(path, "is missing") from None
    except OSError as exc:
        raise ProblemError(path, f"cannot be read: {exc.strerror}") from exc
