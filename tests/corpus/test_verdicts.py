"""The programs of known verdict against the real thing: each judged right."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.corpus.running import VERDICTS, WAYS, judge
from tests.corpus.verdict_claims import Program, parse
from tests.harness.ahead import done_ahead
from tests.harness.server import Server
from zuko.languages.table import LANGUAGES
from zuko.problem import Verdict


def test_every_language_has_every_verdict() -> None:
    """And each of the ways to it; CE only where something is compiled."""
    languages = LANGUAGES.keys() - {"cpp17", "cpp23"}  # C++20's compiler and runtime with another flag
    assert {program.language for program in VERDICTS} == languages
    for language in languages:
        own = {program.path.stem: program for program in VERDICTS if program.language == language}
        compiled = LANGUAGES[language].compiler is not None
        needless = {"syntax_error" if compiled else "compile_error"} | ({"exception"} if language == "c" else set())
        assert WAYS - needless - own.keys() == set(), language
        assert {program.verdict for program in own.values()} >= set(Verdict) - {Verdict.JE, Verdict.CE}


def test_claims_are_sentences() -> None:
    assert [program.id for program in VERDICTS if not program.claim.endswith(".")] == []


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
