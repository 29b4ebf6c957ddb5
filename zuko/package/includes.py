"""Files that a package adds to each submission: `include/<language>/` and, before those, `include/default/`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final

from zuko.errors import ProblemError
from zuko.languages.codes import NAMES, main_of_code
from zuko.languages.table import find_language
from zuko.package.files import PackageFiles
from zuko.package.programs import PROGRAM_FILES_MAX, read_files
from zuko.problem import Program
from zuko.types import SourceFile

DIRECTORY: Final = "include"
_DEFAULT: Final = "default"
_DRIVERS: Final = ("__main__", "main")  # names of a file that a program begins with, without the extension
_JAVA_MAIN: Final = re.compile(rb"\bstatic\s+(?:public\s+)?void\s+main\s*\(")


@dataclass(frozen=True, slots=True)
class Includes:
    """The files that a package adds to submissions."""

    by_language: Mapping[str, tuple[SourceFile, ...]]  # by our name of the language; "": every other one
    refusals: Mapping[str, str]  # why a language's files cannot be added

    def of(self, language: str) -> tuple[SourceFile, ...]:
        """Return the files for submissions in a language.

        Raises:
            ProblemError: they are not supported.
        """
        name = main_of_code(language)
        for each in (name, ""):
            if refusal := self.refusals.get(each):
                raise ProblemError(DIRECTORY, refusal)
        return self.by_language.get(name, self.by_language.get("", ()))


NOTHING: Final = Includes({}, {})


def read_includes(files: PackageFiles, notes: list[str]) -> Includes:
    """Read everything in `include/`.

    Files that cannot be added keep submissions in their language from being run, but are not errors of the package.
    """
    common: Mapping[str, bytes] = {}
    by_language: dict[str, tuple[SourceFile, ...]] = {}
    refusals: dict[str, str] = {}
    if files.is_dir(f"{DIRECTORY}/{_DEFAULT}"):
        try:
            common = read_files(files, f"{DIRECTORY}/{_DEFAULT}")
        except ProblemError as error:
            refusals[""] = str(error)
        by_language[""] = _sources(common)
    for code in files.list(DIRECTORY):
        path = f"{DIRECTORY}/{code}"
        if not files.is_dir(path):
            notes.append(f"{path}: is not in the directory of a language and is ignored")
        elif code in NAMES:
            try:
                by_language[NAMES[code]] = _sources({**common, **read_files(files, path)})
            except ProblemError as error:
                refusals[NAMES[code]] = str(error)
    return Includes(by_language, refusals)


def including(program: Program, included: tuple[SourceFile, ...]) -> Program:
    """Return a submission with files added. Those replace files of the same name, and may begin the program.

    Raises:
        ProblemError: the program has too many files with them.
    """
    if not included:
        return program
    names = {file.name for file in included}
    own = tuple(file for file in program.files if file.name not in names)
    if len(own) + len(included) > PROGRAM_FILES_MAX:
        raise ProblemError(DIRECTORY, f"with these files the program has more than {PROGRAM_FILES_MAX}")
    if program.has_scripts:
        return replace(program, files=(*own, *included))
    driver = next((file for file in included if _is_driver(file, program)), None)
    others = tuple(file for file in included if file is not driver)
    files = (*([driver] if driver else ()), *own, *others)
    entry = program.entry
    if (language := find_language(program.language)) and language.compiler is None:
        entry = files[0].name if driver or not entry else entry
    elif driver is not None:
        entry = ""
    return replace(program, files=files, entry=entry)


def _is_driver(file: SourceFile, program: Program) -> bool:
    """Return whether an included file is to begin the program: by its name, or because it calls the submission."""
    path = PurePosixPath(file.name)
    own = PurePosixPath(program.files[0].name)
    if path.suffix != own.suffix:
        return False
    if path.stem.lower() in _DRIVERS:
        return True
    if main_of_code(program.language) == "java":
        return bool(_JAVA_MAIN.search(file.content))
    pattern = rb"(?m)^\s*(?:import|from)\s+" + re.escape(own.stem.encode()) + rb"\b"
    return main_of_code(program.language) == "python" and bool(re.search(pattern, file.content))


def _sources(contents: Mapping[str, bytes]) -> tuple[SourceFile, ...]:
    return tuple(SourceFile(name, content) for name, content in sorted(contents.items()))
