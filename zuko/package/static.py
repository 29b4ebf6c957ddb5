"""Static validators (2025-09): programs that read a submission's files instead of its output."""

import io
import zipfile
from dataclasses import replace
from typing import Final

from zuko.errors import ProblemError
from zuko.package.files import PackageFiles
from zuko.package.programs import has_known_extension, read_program
from zuko.problem import CustomChecker, Program
from zuko.types import SourceFile

DIRECTORY: Final = "static_validator"
CASE: Final = "static_validation"  # the last part of the name of a group's static validation test case
_PACKED: Final = "zuko-static-validator.zip"
_START: Final = "__main__.py"
_LANGUAGES: Final = ("python", "c", "cpp")  # the format's, for validators


def read_static_validator(files: PackageFiles) -> CustomChecker | None:
    """Read the program; None: the package has none.

    It works in the directory of the submission's files. A program in Python is packed into one file, so that no file
    of a submission can take the place of one of its modules, nor of those of the standard library that it imports.

    Raises:
        ProblemError: it cannot be run.
    """
    names = files.list(DIRECTORY)
    if not names:
        return None
    inner = [name for name in names if files.is_dir(f"{DIRECTORY}/{name}")]
    sources = [name for name in names if name not in inner and has_known_extension(name)]
    path = f"{DIRECTORY}/{inner[0]}" if len(inner) == 1 and not sources else DIRECTORY
    program = read_program(files, path)
    if program.language not in _LANGUAGES or program.has_scripts:
        raise ProblemError(path, "a static validator has to be in Python, C or C++, without scripts")
    return CustomChecker(_packed(program) if program.language == "python" else program)


def _packed(program: Program) -> Program:
    first = program.entry or program.files[0].name
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in program.files:
            # With a time of its own, a member would make another file of the same program.
            info = zipfile.ZipInfo(_START if file.name == first else file.name)
            archive.writestr(info, file.content)
    return replace(program, files=(SourceFile(_PACKED, packed.getvalue()),), entry=_PACKED)
