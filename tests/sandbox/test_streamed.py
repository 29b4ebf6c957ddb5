"""Outputs that come while the program runs."""

import time

from zuko.languages.table import PYTHON
from zuko.sandbox.sandbox import Sandbox
from zuko.types import Limits, Run, SourceFile

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
