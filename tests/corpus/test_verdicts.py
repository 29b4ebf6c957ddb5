"""The programs of known verdict against the real thing: each judged right."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from tests.corpus.running import VERDICTS, WAYS, judge
from tests.corpus.verdict_claims import Program, load, parse
from tests.harness.ahead import done_ahead
from tests.harness.server import Server
from zuko.languages.table import LANGUAGES
from zuko.problem import Verdict

# The ways that a language does not have.
LACKS: Final[Mapping[str, set[str]]] = {"c": {"exception"}, "nasm": {"exception"}, "sqlite": {"fills_stack"}}


def test_every_language_has_every_verdict() -> None:
    """And each of the ways to it; CE only where something is compiled."""
    programs = load()
    languages = LANGUAGES.keys() - {"cpp17", "cpp23"}  # C++20's compiler and runtime with another flag
    assert {program.language for program in programs} == languages
    for language in languages:
        own = {program.path.stem: program for program in programs if program.language == language}
        compiled = LANGUAGES[language].compiler is not None
        needless = {"syntax_error" if compiled else "compile_error"} | LACKS.get(language, set())
        assert WAYS - needless - own.keys() == set(), language
        verdicts = {program.verdict for name, program in own.items() if name not in needless}
        assert verdicts >= set(Verdict) - {Verdict.JE, Verdict.CE}


def test_claims_are_sentences() -> None:
    assert [program.id for program in load() if not program.claim.endswith(".")] == []


@pytest.mark.parametrize("header", ["", '#: claim = "x"\n', '#: claim = "x"\n#: verdict = "XX"\n', "#: ]\n"])
def test_a_header_that_does_not_follow_the_format_is_refused(tmp_path: Path, header: str) -> None:
    path = tmp_path / "program.py"
    path.write_text(header + "print(6)\n")
    with pytest.raises(ValueError, match=r"header|Invalid|XX"):
        parse(path)


@pytest.fixture(scope="module")
def wrong(request: pytest.FixtureRequest, server: Server) -> Iterator[Callable[[Program], list[str]]]:
    with done_ahead(request, "test_program", partial(judge, server)) as wrong:
        yield wrong


@pytest.mark.parametrize("program", VERDICTS, ids=lambda program: program.id)
def test_program(wrong: Callable[[Program], list[str]], program: Program) -> None:
    assert wrong(program) == []
