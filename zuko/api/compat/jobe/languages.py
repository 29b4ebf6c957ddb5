"""Jobe's names for languages, and what its tasks give a program without being asked."""

from dataclasses import dataclass
from typing import Final

from zuko.languages.table import LANGUAGES, Language, find_language


@dataclass(frozen=True, slots=True)
class Task:
    """A language of Jobe's, with the defaults of its parameters."""

    language: Language
    memory_mb: int = 400  # 0: the highest that the service allows
    compile_options: tuple[str, ...] = ()
    base_options: tuple[str, ...] = ()  # in front of those that a request names, too


_NAMES: Final = {
    "c": "c",
    "cpp": "cpp17",
    "java": "java",
    "nodejs": "javascript",
    "octave": "octave",
    "pascal": "pascal",
    "php": "php",
    "python3": "python",
}
_MEMORY_MB: Final = {"java": 0, "python3": 1000, "nodejs": 0}
_COMPILE_OPTIONS: Final = {"c": ("-Wall", "-Werror", "-std=c99"), "cpp": ("-Wall", "-Werror")}
_UNOPTIMISED: Final = dict.fromkeys(_COMPILE_OPTIONS, ("-O0",))  # other warnings come with optimisation


def _tasks() -> dict[str, Task]:
    found = {
        name: Task(language, _MEMORY_MB.get(name, 400), _COMPILE_OPTIONS.get(name, ()), _UNOPTIMISED.get(name, ()))
        for name, own in _NAMES.items()
        if (language := find_language(own)) is not None
    }
    known = {task.language.family for task in found.values()} | {"cpp"}
    others = (row for row in LANGUAGES.values() if row.is_default and row.family not in known)
    return found | {row.name: Task(row, 0) for row in others}


TASKS: Final = _tasks()  # by name: Jobe's own, then ours of which it has none


def task_of(name: str) -> Task | None:
    """Return the task of a language; None: there is none. The case of the first letter does not count."""
    return TASKS.get(name) or TASKS.get(name[:1].lower() + name[1:])
