"""A language with this host's own compiler and interpreter, without a sandbox: the floor of its hello-world."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from benchmarks.host import Process, interpreter
from zuko.languages.table import PYTHON, Language

_VERSION: Final = {"go": "version"}  # others have --version


class Toolchain:
    """A language as installed on this host.

    Args:
        language: the row; programs of the same name on the PATH take the place of the image's.
        directory: an empty one, for source and program.
        source: of the main file.
        input_data: standard input of the program.

    Raises:
        LookupError: this host does not have it.
    """

    def __init__(self, language: Language, directory: Path, source: str, input_data: str) -> None:
        (directory / language.source_name).write_text(source)
        env = {**os.environ}
        self.compilation: Process | None = None
        if language.compiler is not None:
            argv = (*language.compiler.argv, *_appended(language))
            caches = {name: str(directory) for name, _ in language.compiler.env if name.endswith("CACHE")}
            env |= dict(language.compiler.env) | caches
            self.compilation = Process((_found(argv[0]), *argv[1:]), env, directory=directory)
            self.compilation.run()
        argv = language.command(256 << 20)
        program = str(directory / argv[0]) if language.executes_artifact else _found(argv[0])
        self.program = Process((program, *argv[1:]), env, input_data, directory)
        self.program.run()
        self.version = _version((self.compilation or self.program).argv[0])


def _appended(language: Language) -> tuple[str, ...]:
    compiler = language.compiler
    return (language.source_name,) if compiler and language.source_name.endswith(compiler.suffixes or "\0") else ()


def _found(path: str) -> str:
    if path == PYTHON.run_argv[0]:
        return interpreter()
    found = shutil.which(Path(path).name)
    if found is None:
        raise LookupError(f"this host has no {Path(path).name}")
    return found


def _version(path: str) -> str:
    name = Path(path).name
    argv = [path, _VERSION.get(name, "--version")]
    output = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60).stdout
    return f"{name}: {output.splitlines()[0] if output else 'unknown'}"
