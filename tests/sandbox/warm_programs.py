"""The programs of tests/corpus/warm/*.py: each is started warm and cold, and must do the same.

A file has many programs, each after a line of its name. More such lines may follow:

    #== two files
    #== file: queue.py          the lines up to the next such line are this file's; before the first, main.py's
    #== bytes: b"..."           what main.py has
    #== input: b"..."           standard input
    #== limits: stdout_bytes=1  others than the usual ones
    #== timing: why            on a busy machine it may differ from itself: a difference counts if it comes back
"""

import ast
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests import ROOT
from zuko.languages.table import PYTHON
from zuko.types import Limits, Run, SourceFile

PROGRAMS: Final = ROOT / "tests" / "corpus" / "warm"
_MARK: Final = "#== "
_OPTIONS: Final = ("file", "bytes", "input", "limits", "timing")


@dataclass(slots=True)
class Program:
    name: str
    files: dict[str, bytes] = field(default_factory=lambda: {"main.py": b""})
    input_data: bytes = b""
    depends_on_timing: bool = False
    limits: dict[str, int] = field(default_factory=lambda: {"wall_time_ms": 20_000})

    @property
    def run(self) -> Run:
        return run_of(self.files, self.input_data, **self.limits)


def run_of(files: dict[str, bytes], input_data: bytes = b"", **limits: int) -> Run:
    """Return the run of a program that is started warm where that can be."""
    return Run(
        argv=PYTHON.run_argv,
        limits=Limits(**{"wall_time_ms": 20_000, **limits}),
        files=tuple(SourceFile(name, content) for name, content in files.items()),
        input_data=input_data,
        env=PYTHON.env,
        flush_signal=PYTHON.flush_signal,
    )


def load(path: Path) -> list[Program]:
    """Return the programs of a file."""
    programs: list[Program] = []
    name = "main.py"
    for line in path.read_text().splitlines(keepends=True):
        if not line.startswith(_MARK):
            programs[-1].files[name] += line.encode()
            continue
        option, _, value = line.removeprefix(_MARK).strip().partition(": ")
        if option not in _OPTIONS:
            programs.append(Program(f"{path.stem}: {line.removeprefix(_MARK).strip()}"))
            name = "main.py"
            continue
        match option:
            case "file":
                name = value
                programs[-1].files.setdefault(name, b"")
            case "bytes":
                programs[-1].files["main.py"] = eval(value)  # an expression of ours
            case "input":
                programs[-1].input_data = eval(value)
            case "timing":
                programs[-1].depends_on_timing = True
            case "limits":
                limit, _, number = value.partition("=")
                programs[-1].limits[limit] = ast.literal_eval(number)
    return programs


ALL: Final = [program for path in sorted(PROGRAMS.glob("*.py")) for program in load(path)]
