"""The files that images are built from: the build context of `docker build`, in a clone or in the installed package.

ROOT/                     a clone, or zuko/images/context in the package: a wheel carries a copy
├── .dockerignore
└── docker/
    ├── NAME.Dockerfile   the image zuko-NAME:TAG, and those of other tags where it has the argument VERSION
    ├── make-base-images.sh
    └── …                 what the Dockerfiles copy
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import zuko
from zuko.errors import ZukoError

_DIGEST_LENGTH: Final = 16
_BASE: Final = re.compile(r"^FROM ([^ ]*:[^ \n]*)", re.MULTILINE)
_VERSION: Final = re.compile(r"^ARG VERSION\b", re.MULTILINE)
_COPIED: Final = re.compile(r"^COPY (docker.*) ", re.MULTILINE)  # one or more, before the place that they go to
_LEFT_OUT: Final = ("docker/init/build/", "docker/init/tests/")  # in .dockerignore too, with all __pycache__


@dataclass(frozen=True, slots=True)
class BuildContext:
    """A directory that `docker build` is given."""

    root: Path
    is_kept: bool = True  # whether it is there after the build, so that a user may try again

    def dockerfile(self, image: str) -> str:
        """Return the path of an image's Dockerfile below the root: docker/NAME.Dockerfile of zuko-NAME:TAG."""
        return f"docker/{image.partition(':')[0].removeprefix('zuko-')}.Dockerfile"

    def bases(self, image: str) -> tuple[str, ...]:
        """Return the public images that an image starts from."""
        return tuple(sorted(set(_BASE.findall(self._text(image)))))

    def arguments(self, image: str) -> dict[str, str]:
        """Return the build arguments of an image: its tag as VERSION, if its Dockerfile is that of several versions."""
        return {"VERSION": image.partition(":")[2]} if _VERSION.search(self._text(image)) else {}

    def digest(self, image: str) -> str:
        """Return the hash of the files that an image is made of: what its Dockerfile copies, and itself.

        The image's label `zuko.context` has it. It is the hash of the output of `sha256sum`, files in order of name,
        and of the build's arguments.
        """
        names = {".dockerignore", self.dockerfile(image)}
        for copied in " ".join(_COPIED.findall(self._text(image))).split():
            names.update(self._files(copied))
        lines = [f"{hashlib.sha256((self.root / name).read_bytes()).hexdigest()}  {name}\n" for name in sorted(names)]
        lines += [f"{key}={value}\n" for key, value in self.arguments(image).items()]
        return hashlib.sha256("".join(lines).encode()).hexdigest()[:_DIGEST_LENGTH]

    @property
    def base_script(self) -> Path:
        """The script that makes base images where no registry answers."""
        return self.root / "docker" / "make-base-images.sh"

    def _text(self, image: str) -> str:
        return (self.root / self.dockerfile(image)).read_text()

    def _files(self, copied: str) -> list[str]:
        """Return the files of a path that a Dockerfile copies, below the root."""
        path = self.root / copied
        found = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
        names = [each.relative_to(self.root).as_posix() for each in found]
        return [name for name in names if not name.startswith(_LEFT_OUT) and "/__pycache__/" not in name]


def find_context(package: Path | None = None) -> BuildContext:
    """Return the build context of this installation: the package's copy, or else the clone that the package is in.

    Args:
        package: directory of the package `zuko`; None: the one that is imported.

    Raises:
        ZukoError: it has neither, as the package of a Lambda function.
    """
    package = package or Path(zuko.__file__).parent
    for root in (package / "images" / "context", package.parent):
        if (root / "docker" / "make-base-images.sh").is_file():
            return BuildContext(root)
    raise ZukoError("this installation of Zuko does not have the files that images are built from")
