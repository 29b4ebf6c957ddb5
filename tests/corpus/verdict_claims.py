"""The programs of tests/corpus/verdicts/: each a file that says in its first lines what the judge has to say of it.

tests/corpus/verdicts/README.md describes the format. `load` reads every program; `check` holds an answer of
`POST /api/v1/judge` against what a program expects and says in sentences where they differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from zuko.doctor.header import header_of
from zuko.languages.table import versions_of
from zuko.problem import Verdict

ROOT: Final = Path(__file__).parent / "verdicts"
INPUT: Final = "3\n1 2 3\n"
OUTPUT: Final = "6\n"
TIME_LIMIT_MS: Final = 5000  # of what is not about time: far from what anything here takes on whatever machine


@dataclass(frozen=True, slots=True)
class Program:
    """One program and what has to come of it."""

    path: Path
    language: str  # the name of its folder, or another version of that language
    source: str
    claim: str  # what it shows, in a sentence
    verdict: Verdict
    time_limit_ms: int = TIME_LIMIT_MS
    wall_time_limit_ms: int | None = None
    memory_limit_kb: int | None = None
    output_limit_kb: int | None = None
    reason_contains: tuple[str, ...] = ()  # in `message`
    compile_output_contains: tuple[str, ...] = ()
    input: str = INPUT
    output: str = OUTPUT
    lines: int = 0  # so many numbers as input instead, one a line, and their sum as the answer
    files: Mapping[str, str] = field(default_factory=dict)  # beside the program, by name

    @property
    def case(self) -> dict[str, str]:
        """The case that it is judged by."""
        if not self.lines:
            return {"input": self.input, "output": self.output}
        numbers = range(self.lines)
        text = "".join(f"{number % 10}\n" for number in numbers)
        return {"input": f"{self.lines}\n{text}", "output": f"{sum(number % 10 for number in numbers)}\n"}

    @property
    def id(self) -> str:
        """How tests name it: language/name."""
        return f"{self.language}/{self.path.stem}"

    def request(self, times: int = 1, **fields: object) -> dict[str, Any]:
        """Return the body of a request to judge it so many times."""
        limits = ("wall_time_limit_ms", "memory_limit_kb", "output_limit_kb")
        return {
            "language": self.language,
            "code": self.source,
            "files": [{"name": name, "content": content} for name, content in self.files.items()],
            "cases": [self.case] * times,
            "time_limit_ms": self.time_limit_ms,
            **{name: value for name in limits if (value := getattr(self, name)) is not None},
            **fields,
        }


def load(root: Path = ROOT) -> list[Program]:
    """Return every program below `root`, by folder and name, in each version of its language."""
    programs = [parse(path) for path in sorted(root.glob("*/*.*"))]
    return [replace(each, language=row.name) for each in programs for row in versions_of(each.language)]


def parse(path: Path) -> Program:
    """Return the program in one file.

    Raises:
        ValueError: its header is missing, not TOML, or has an unknown key.
    """
    source = path.read_text()
    header = header_of(source)
    header |= {key: tuple(value) for key, value in header.items() if isinstance(value, list)}
    try:
        return Program(path, path.parent.name, source, verdict=Verdict(header.pop("verdict")), **header)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path}: its header does not follow the format: {error}") from error


def check(program: Program, answer: dict[str, Any], times: int = 1) -> list[str]:
    """Return the differences between the answer and the program's claims, as sentences; empty if there are none."""
    if program.verdict is Verdict.CE:
        told = [answer]
        wrong = [] if answer["cases"] == [] else ["a program that does not compile was run"]
    else:
        told = answer["cases"]
        wrong = [] if len(told) == times else [f"{len(told)} cases of {times} were run"]
    for number, each in enumerate([answer, *told]):
        where = f"case {number}" if number else "the whole"
        message = each["message"] or ""
        if each["verdict"] != program.verdict:
            wrong.append(f"{where} is {each['verdict']}, expected {program.verdict}: {message}{_figures(each)}")
        else:
            wrong += [f"{where} lacks {text!r}: {message!r}" for text in program.reason_contains if text not in message]
    output = answer["compile_output"] or ""
    lacks = [text for text in program.compile_output_contains if text not in output]
    return wrong + [f"compile_output lacks {text!r}: {output!r}" for text in lacks]


def _figures(answer: dict[str, Any]) -> str:
    return f" ({answer['time_used_ms']} ms of CPU, {answer['wall_time_ms']} ms, {answer['memory_used_kb']} KB)"
