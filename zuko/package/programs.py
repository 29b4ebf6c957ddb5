"""Programs of a package: each a file or a directory, in one language, recognized by the file names."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from zuko.errors import ProblemError
from zuko.languages.codes import NAMES
from zuko.languages.scripts import NAMES as SCRIPTS
from zuko.languages.table import LANGUAGES, find_language
from zuko.package.files import PackageFiles
from zuko.problem import Program
from zuko.types import NAME_MAX_BYTES, NAME_PARTS_MAX, SourceFile

PROGRAM_MAX_BYTES: Final = 4 << 20  # all files of one program
PROGRAM_FILES_MAX: Final = 200

# The endings by which the format recognizes a language, and some that other tools take.
_ENDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "ada": (".adb", ".ads"),
    "algol68": (".a68",),
    "apl": (".apl",),
    "bash": (".sh",),
    "c": (".c",),
    "cobol": (".cob",),
    "cpp": (".cc", ".cpp", ".cxx", ".c++", ".C"),
    "crystal": (".cr",),
    "csharp": (".cs",),
    "d": (".d",),
    "dart": (".dart",),
    "elixir": (".ex", ".exs"),
    "erlang": (".erl",),
    "forth": (".fth", ".4th", ".forth", ".frt"),
    "fortran": (".f90",),
    "fsharp": (".fs",),
    "gerbil": (".ss",),
    "go": (".go",),
    "haskell": (".hs",),
    "java": (".java",),
    "javascript": (".js", ".mjs", ".cjs"),
    "julia": (".jl",),
    "kotlin": (".kt",),
    "lisp": (".lisp", ".cl"),
    "lua": (".lua",),
    "modula2": (".mod", ".def"),
    "nim": (".nim",),
    "objectivec": (".m",),
    "ocaml": (".ml",),
    "odin": (".odin",),
    "pascal": (".pas",),
    "perl": (".pm",),
    "php": (".php",),
    "prolog": (".pl",),
    "python2": (".py2",),
    "python3": (".py", ".py3"),
    "racket": (".rkt",),
    "ruby": (".rb",),
    "rust": (".rs",),
    "scala": (".scala",),
    "simula": (".sim",),
    "smalltalk": (".st",),
    "snobol": (".sno",),
    "swift": (".swift",),
    "typescript": (".ts",),
    "visualbasic": (".vb",),
    "zig": (".zig",),
}
_BY_EXTENSION: Final = {ending: code for code, endings in _ENDINGS.items() for ending in endings}
_KNOWN: Final = ", ".join(sorted(extension for extension, code in _BY_EXTENSION.items() if code in NAMES))
# Names of a program's main file: the format's, then those that other tools take.
_MAIN: Final = ("__main__.py", *(each.source_name for each in LANGUAGES.values()))
_CACHE: Final = "__pycache__"  # what an interpreter of the author's left
_PYTHON_2: Final = re.compile(rb"#!.*python2")
_GOAL: Final = "zuko_goal.pl"  # loads all files and calls main/0, as the judges of packages do: `swipl -g main -c …`
_BEGINS: Final = re.compile(rb":-\s*(initialization|main)\b")  # a program in Prolog that begins by itself


def read_program(files: PackageFiles, path: str, *, language: str | None = None, main: str | None = None) -> Program:
    """Read the program at a path.

    Args:
        files: the package.
        path: a file, or a directory.
        language: the format's code, or a name of ours, such as `pypy`; None: recognized by the file names.
        main: its entry point: the name of the main file or, in Java, of a class.

    Raises:
        ProblemError: its language is ambiguous or not supported, or it is too large.
    """
    contents = read_files(files, path)
    if files.is_dir(path) and set(contents) & set(SCRIPTS):
        return _with_scripts(contents)
    code = language or _detect_language(contents, path)
    ours = find_language(NAMES.get(code, code))
    if ours is None:
        raise ProblemError(path, f"is in {code[:40]}, which is not supported; supported: {', '.join(sorted(NAMES))}")
    if main is not None and ours.prepare is None and main not in contents:
        raise ProblemError(path, f"has no file {main[:60]!r}, which is its entry point")
    first = (main, *_MAIN) if main in contents else _MAIN
    ordered = sorted(contents, key=lambda name: (first.index(name) if name in first else len(first), name))
    entry = main or ""
    if ours.name == "prolog" and _GOAL not in contents and not any(map(_BEGINS.search, contents.values())):
        loaded = "".join(f":- ['{name}'].\n" for name in ordered if name.endswith(".pl"))
        contents = {**contents, _GOAL: f"{loaded}:- initialization(main).\n".encode()}
        ordered.insert(0, _GOAL)
    if ours.compiler is None:  # a program of one file gets the usual name
        entry = ordered[0] if len(ordered) > 1 else ""
    return Program(ours.name, tuple(SourceFile(name, contents[name]) for name in ordered), entry)


def read_files(files: PackageFiles, path: str) -> Mapping[str, bytes]:
    """Return the files of a program by their names, with the values of the package's constants.

    Raises:
        ProblemError: they are too many or too large, or there is something else than files.
    """
    contents: dict[str, bytes] = {}
    if files.is_dir(path):
        for inner in files_below(files, path, PROGRAM_FILES_MAX):
            contents[inner] = files.read_source(f"{path}/{inner}", PROGRAM_MAX_BYTES)
    else:
        contents[PurePosixPath(path).name] = files.read_source(path, PROGRAM_MAX_BYTES)
    if sum(map(len, contents.values())) > PROGRAM_MAX_BYTES:
        raise ProblemError(path, f"is larger than {PROGRAM_MAX_BYTES} bytes")
    return contents


def _with_scripts(contents: Mapping[str, bytes]) -> Program:
    """Return a program that its own scripts make and start, in an image that has what they need."""
    codes = {_BY_EXTENSION.get(PurePosixPath(name).suffix) for name in contents}
    language = "cpp" if codes & {"c", "cpp"} else "python"
    ordered = sorted(contents, key=lambda name: (name != SCRIPTS[1], name))
    return Program(language, tuple(SourceFile(name, contents[name]) for name in ordered), has_scripts=True)


def files_below(files: PackageFiles, path: str, count_max: int) -> list[str]:
    """Return the paths of all files in a directory and those in it, relative to it and sorted.

    Raises:
        ProblemError: there are more than `count_max`, or one has a path that no workspace can have.
    """
    found: list[str] = []
    waiting = [""]
    while waiting:
        above = waiting.pop()
        for name in files.list(f"{path}/{above}".rstrip("/")):
            inner = f"{above}/{name}".lstrip("/")
            if name == _CACHE:
                continue
            if files.is_dir(f"{path}/{inner}"):
                waiting.append(inner)
                continue
            if len(inner) > NAME_MAX_BYTES or inner.count("/") >= NAME_PARTS_MAX:
                most = f"{NAME_MAX_BYTES} characters and {NAME_PARTS_MAX} parts"
                raise ProblemError(f"{path}/{inner}", f"has too long a path in its program: at most {most}")
            found.append(inner)
            if len(found) > count_max:
                raise ProblemError(path, f"has more than {count_max} files")
    return sorted(found)


def has_known_extension(name: str) -> bool:
    """Return whether a file's extension is that of a language, even one that is not supported."""
    return PurePosixPath(name).suffix in _BY_EXTENSION


def _detect_language(contents: Mapping[str, bytes], path: str) -> str:
    codes = set()
    for name, content in contents.items():
        code = _BY_EXTENSION.get(PurePosixPath(name).suffix)
        if code == "python3" and _PYTHON_2.match(content[:200]):
            code = "python2"
        if code:
            codes.add(code)
    if not codes:
        raise ProblemError(path, f"has no known file extension ({_KNOWN})")
    if len(codes) > 1:
        raise ProblemError(path, f"is in more than one language: {', '.join(sorted(codes))}")
    return codes.pop()
