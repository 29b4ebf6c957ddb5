"""Outputs that come while the program runs."""

import time
from dataclasses import replace
from typing import Any

import pytest

from zuko.execution.live import WORDS_MAX, DeafError, Words
from zuko.languages.table import PYTHON
from zuko.sandbox.sandbox import Sandbox
from zuko.sandbox.talk import talk
from zuko.types import Limits, Outcome, Run, SourceFile

CODE = b"""\
import sys, time
print("first", flush=True)
print("wrong", file=sys.stderr, flush=True)
time.sleep(1)
print("last")
"""


def test_parts_come_at_once_and_the_result_has_all_of_them(sandbox: Sandbox) -> None:
    heard: list[tuple[bool, bytes, float]] = []
    run = Run(PYTHON.run_argv, Limits(10_000), (SourceFile("main.py", CODE),), env=PYTHON.env, streams=True)
    result = sandbox.run(run, on_output=lambda is_error, part: heard.append((is_error, part, time.monotonic())))
    ended = time.monotonic()
    assert sorted(part for _, part, _ in heard) == [b"first\n", b"last\n", b"wrong\n"]
    assert [part for is_error, part, _ in heard if is_error] == [b"wrong\n"]
    assert all(ended - when > 0.9 for _, part, when in heard if part != b"last\n")
    assert (result.exit_code, result.stdout, result.stderr) == (0, b"first\nlast\n", b"wrong\n")
    assert result.interleaved == b"".join(part for _, part, _ in heard)


# --- input and both outputs while it runs -----------------------------------------------------------------------------

ANSWERS = b"""\
import sys
for line in sys.stdin:
    print("out", line.strip(), flush=True)
    print("err", line.strip(), file=sys.stderr, flush=True)
    if line == "end\\n":
        sys.exit(3)
"""


def talking(code: bytes, wall_ms: int = 10_000) -> Run:
    files = (SourceFile("main.py", code),)
    return Run(PYTHON.run_argv, Limits(wall_ms), files, env=PYTHON.env, interactive=True, streams=True)


def test_a_program_is_talked_to(sandbox: Sandbox) -> None:
    """Twice, in one sandbox: what was on its way at the end does not reach the next run."""
    for _ in range(2):
        with Words() as words:
            heard: list[tuple[bool, bytes]] = []

            def answer(is_error: bool, part: bytes, words: Words = words, heard: list[Any] = heard) -> None:
                heard.append((is_error, part))
                if is_error:
                    words.say(b"end\n" + b"unread" * 10_000)

            words.say(b"one\n")
            result = talk(sandbox, talking(ANSWERS), words, answer, more=True)
        assert heard == [(False, b"out one\n"), (True, b"err one\n"), (False, b"out end\n"), (True, b"err end\n")]
        assert (result.exit_code, result.interleaved) == (3, b"out one\nerr one\nout end\nerr end\n")


def test_a_program_that_is_talked_to_is_stopped(sandbox: Sandbox) -> None:
    with Words() as words:
        result = talk(sandbox, talking(b"print(1, flush=True)\nwhile True: pass"), words, lambda *_: words.stop())
    assert (result.outcome, result.stdout) == (Outcome.STOPPED, b"1\n")


def test_a_program_need_not_read(sandbox: Sandbox) -> None:
    """It gets as much as the buffers between hold, and the rest is refused or dropped."""
    with Words() as words:
        words.say(bytes(WORDS_MAX))
        with pytest.raises(DeafError):
            words.say(bytes(1))
        result = talk(sandbox, talking(b"import time; time.sleep(0.3); print(1)"), words, lambda *_: None)
    assert (result.exit_code, result.stdout) == (0, b"1\n")


def test_only_a_run_with_streams_is_talked_to(sandbox: Sandbox) -> None:
    for run in (replace(talking(b""), streams=False), replace(talking(b""), input_data=b"x")):
        with Words() as words, pytest.raises(ValueError, match="interactive, with streams"):
            talk(sandbox, run, words, lambda *_: None)
