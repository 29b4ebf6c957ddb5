"""The images of a site's own languages: ours, with libraries that a file or a directory of the site names.

They are built like ours, from a build context of their own in a directory for the time of the build:

    ROOT/docker/own/                  the site's files
    ROOT/docker/python-course.Dockerfile  made from docker/own/python.Dockerfile

What packages do there stays there: pip takes wheels alone, and npm runs no scripts.
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from zuko.engine.images import ImageInfo
from zuko.errors import ZukoError
from zuko.images.context import BuildContext
from zuko.images.state import CONTEXT_LABEL, State, state_of
from zuko.languages.language import Language
from zuko.languages.own import LABEL, TAKES, Libraries
from zuko.languages.table import LANGUAGES

BASE_LABEL: Final = "zuko.base"  # the hash of the files of the image that it was built on
_INPUT_MAX: Final = 16 << 20  # bytes of a file that names packages
_HASH: Final = re.compile(r"(?<!\S)--hash[= ]sha(256|384|512):[0-9a-f]{64,}")
_OPTIONS: Final = ("--hash", "--index-url", "--extra-index-url", "-i")  # others have pip run code of packages
_LINK: Final = re.compile(r"[@/\\]|file:")  # in what is not an option: pip looks for no wheel, and takes what is there
_TEMPLATES: Final = {
    Libraries.REQUIREMENTS: "python.Dockerfile",
    Libraries.PACKAGES: "javascript.Dockerfile",
    Libraries.HEADERS: "headers.Dockerfile",
}
_COPIED: Final = ("docker/install.sh", "docker/kotlin/requirements.txt")  # of ours


class LibrariesError(ZukoError):
    """The files that name libraries cannot be used."""


def language_state(ours: BuildContext, language: Language, found: ImageInfo | None) -> State:
    """Return the state of a language's image; that of a site's own is out of date if it was built on another of ours.

    Whether the site's files have changed since then is not known, as they are not here.
    """
    label, image = (BASE_LABEL, base_of(language).image) if language.base else (CONTEXT_LABEL, language.image)
    return state_of(None if found is None else found.labels.get(label, ""), ours.digest(image))


def base_of(language: Language) -> Language:
    """Return our language that a site's own is made from."""
    return LANGUAGES[language.base]


@contextmanager
def own_context(ours: BuildContext, language: Language, libraries: Path, *, prefix: str) -> Iterator[BuildContext]:
    """Yield the build context of a site's own language, which is removed at the end.

    Args:
        ours: the context of our images.
        language: the site's.
        libraries: the file or the directory that its kind takes.
        prefix: put before the names of images.

    Raises:
        LibrariesError: it cannot be read, or names packages without their hashes.
    """
    kind, base = TAKES[language.base], base_of(language)
    with tempfile.TemporaryDirectory(prefix="zuko-images-") as directory:
        root = Path(directory)
        (root / "docker" / "own").mkdir(parents=True)
        (root / ".dockerignore").write_text("docker/*.Dockerfile\n")
        for name in _COPIED:
            (root / name).parent.mkdir(exist_ok=True)
            shutil.copy(ours.root / name, root / name)
        try:
            _copy(kind, libraries, root / "docker" / "own")
        except OSError as error:
            raise LibrariesError(f"{error.filename or libraries}: cannot be read: {error.strerror}") from error
        except shutil.Error as error:
            raise LibrariesError(f"{libraries}: cannot be read: {error.args[0][0][2]}") from error
        labels = {
            "org.opencontainers.image.title": f"zuko-{language.name}",
            "zuko.language": language.name,
            LABEL: base.name,
            BASE_LABEL: ours.digest(base.image),
        }
        text = (ours.root / "docker" / "own" / _TEMPLATES[kind]).read_text()
        filled = {
            "@BASE@": prefix + base.image,
            "@VERSION@": base.version,
            "@LABELS@": " ".join(f'{name}="{value}"' for name, value in labels.items()),
        }
        for mark, value in filled.items():
            text = text.replace(mark, value)
        context = BuildContext(root, is_kept=False)
        (root / context.dockerfile(language.image)).write_text(text)
        yield context


def _copy(kind: Libraries, libraries: Path, to: Path) -> None:
    match kind:
        case Libraries.REQUIREMENTS:
            text = _read(libraries)
            _check_requirements(libraries, text)
            (to / "requirements.txt").write_text(text)
        case Libraries.PACKAGES:
            (to / "package.json").write_text(_read(libraries))
            lock = libraries.with_name("package-lock.json")
            if not lock.is_file():
                raise LibrariesError(f"{lock}: does not exist: make it with `npm install --package-lock-only`")
            text = _read(lock)
            _check_lock(lock, text)
            (to / "package-lock.json").write_text(text)
        case Libraries.HEADERS:
            if not libraries.is_dir():
                raise LibrariesError(f"{libraries}: is not a directory")
            inside = os.path.realpath(libraries)
            for path in libraries.rglob("*"):  # what a link leads to is copied, and every program could read that
                if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(inside):
                    raise LibrariesError(f"{path}: leads out of {libraries}")
            shutil.copytree(libraries, to / "headers")
            for path in (to / "headers", *(to / "headers").rglob("*")):
                path.chmod(0o755 if path.is_dir() else 0o644)  # programs run as another user


def _read(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(_INPUT_MAX + 1)
    if len(content) > _INPUT_MAX:
        raise LibrariesError(f"{path}: is larger than {_INPUT_MAX >> 20} MiB")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise LibrariesError(f"{path}: is not UTF-8: {error.reason}") from error


def _check_requirements(path: Path, text: str) -> None:
    """Refuse requirements without hashes, since pip takes whatever a server sends for those."""
    version = LANGUAGES["python"].version
    lines = re.sub(r"\\\r?\n", " ", text).splitlines()
    named = [line.strip() for line in lines if line.strip() and not line.strip().startswith(("#", "-"))]
    if not named:
        raise LibrariesError(f"{path}: names no packages")
    for line in map(str.strip, text.splitlines()):  # as pip, which joins no line to a comment
        if refused := None if line.startswith("#") else _refused_in(line):
            raise LibrariesError(f"{path}: {refused!r:.80} is not allowed: packages are wheels of an index")
    if without := [line for line in named if not _HASH.search(line)]:
        raise LibrariesError(
            f"{path}: {without[0].partition(' ')[0]!r:.80} has no hash: lock the packages with "
            f"`uv pip compile --generate-hashes --python-version {version} {path.name} -o locked.txt`"
        )


def _refused_in(line: str) -> str | None:
    """Return the first word of a line of requirements by which pip may build a package, and so run its code."""
    requirement, is_option = "", False
    for word in re.sub(r"(^|\s)#.*", "", line).split():
        bare = word.lstrip("\"'\\")  # a shell's quotes
        if bare.startswith("-"):
            is_option = True
            if bare.partition("=")[0] not in _OPTIONS:
                return word
        elif not is_option:
            requirement += word
    link = re.split(r"[;?#]", requirement)[0].rstrip("\\")
    return requirement if _LINK.search(link) and not link.endswith(".whl") else None


def _check_lock(path: Path, text: str) -> None:
    """Refuse packages without hashes: those from a repository, from a directory, or of npm 6."""
    try:
        packages: dict[str, Any] = json.loads(text)["packages"]
        without = [name for name, each in packages.items() if name and not each.get("integrity")]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LibrariesError(
            f"{path}: is not a lock of npm 7 or later: make it with `npm install --package-lock-only`"
        ) from error
    if without:
        raise LibrariesError(f"{path}: {without[0]!r:.80} has no hash (integrity): it has to come from a registry")
    if elsewhere := [name for name in packages if name and not name.startswith("node_modules/")]:
        raise LibrariesError(f"{path}: {elsewhere[0]!r:.80} is not a package below node_modules")
