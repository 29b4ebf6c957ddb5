"""Two programs that talk, each in a real container."""

import contextlib

from zuko.engine.engine import Engine
from zuko.languages.table import PYTHON
from zuko.sandbox.conversation import converse
from zuko.settings import Settings
from zuko.types import Limits, Run, SourceFile

SPEC = Settings(cell_max_submissions=1000).sandbox(PYTHON)
PYTHON_GUESS = """
low, high = 1, 1000
while True:
    print((low + high) // 2, flush=True)
    match input():
        case "low": low = (low + high) // 2 + 1
        case "high": high = (low + high) // 2 - 1
        case _: break
"""
PYTHON_ANSWER = """
import sys
for turn, line in enumerate(sys.stdin, 1):
    guess = int(line)
    print("low" if guess < 731 else "high" if guess > 731 else "right", flush=True)
print(turn, file=sys.stderr)
"""


def python(code: str) -> Run:
    files = (SourceFile("main.py", code.encode()),)
    return Run(PYTHON.run_argv, Limits(20_000), files, env=PYTHON.env, interactive=True)


def test_two_containers(engine: Engine) -> None:
    with contextlib.ExitStack() as stack:
        left, right = (stack.enter_context(engine.start_sandbox(SPEC)) for _ in range(2))
        for one, two in ((left, right), (right, left)):
            ended = converse(one, python(PYTHON_GUESS), two, python(PYTHON_ANSWER))
            assert (ended.left.exit_code, ended.right.exit_code) == (0, 0), ended
            assert ended.right.stderr == b"10\n"
            assert (ended.left.reusable, ended.right.reusable) == (True, True)
