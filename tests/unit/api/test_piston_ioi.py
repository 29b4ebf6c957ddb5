"""open-r1's package for tasks of the IOI, without sandboxes: what is run, what is refused, and how lines compare."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final

import pytest
from starlette.exceptions import HTTPException

from zuko.api.compat.piston import ioi
from zuko.errors import SandboxError
from zuko.execution.submission import Submission
from zuko.settings import MIB, Settings
from zuko.types import CpuSource, Execution, Outcome, Reason, RunResult, Status, Usage

SETTINGS: Final = Settings()
CONFIG: Final = {"task_type": "Batch", "code": "sum", "time_limit": 1.5, "memory_limit": 512 * MIB}
FILES: Final = {
    "graders/sum.cpp": "s",
    "input.txt": "3\n",
    "correct_output.txt": "a b\nc\n",
    "graders/sum.h": "h",
    "graders/grader.cpp": "g",
    "graders/manager.cpp": "m",
    "checker/testlib.h": "t",
}
CHECKED: Final = {**FILES, "checker/checker.cpp": "c", "checker/other.cpp": "o"}


def read(files: Mapping[str, str | None] = FILES, config: object = CONFIG, **fields: Any) -> ioi.Task:
    named = {"graders/grader_config.json": json.dumps(config), **files}
    sent: list[Any] = [{"name": name, "content": content} for name, content in named.items() if content is not None]
    return ioi.read_task({"language": "cms_ioi", "version": "*", "files": sent, **fields}, SETTINGS)


def ended(stdout: bytes = b"", **fields: Any) -> Execution:
    usage = Usage(1, 1, 1, CpuSource.CGROUP_V2)
    result = RunResult(Outcome.EXITED, usage, 0, None, 0, "", stdout, b"", False, False)
    defaults: dict[str, Any] = {"status": Status.OK, "exit_code": 0, "result": result, "compile_output": ""}
    return Execution(**{**defaults, "stdout": stdout.decode(), **fields})


def score(task: ioi.Task, *ends: Execution) -> tuple[Any, list[Submission]]:
    """Return the response, and what was run."""
    ran: list[Submission] = []

    async def run(submission: Submission) -> Execution:
        ran.append(submission)
        return ends[len(ran) - 1]

    return asyncio.run(ioi.score(task, run)), ran


def test_what_is_run() -> None:
    task = read(CHECKED, run_timeout=4500)
    found = task.submission
    assert [file.name for file in found.files] == ["sum.cpp", "grader_config.json", "sum.h", "grader.cpp"]
    assert (found.input_data, found.memory_bytes) == (b"3\n", 512 * MIB)
    assert (found.limits.cpu_time_ms, found.limits.wall_time_ms) == (1500, 4500)
    assert found.language.compiler is not None
    assert found.language.compiler.argv[-1] == "-DEVAL"
    _, (_, checker) = score(task, ended(b"out"), ended(b"1\n"))
    assert {file.name: file.content for file in checker.files} == {
        "checker.cpp": b"c", "testlib.h": b"t", "input.txt": b"3\n", "correct_output.txt": b"a b\nc\n",
        "output.txt": b"out",
    }  # fmt: skip
    assert checker.options.arguments == ("input.txt", "correct_output.txt", "output.txt")


@pytest.mark.parametrize(
    ("changes", "config", "words"),
    [
        ({"graders/sum.cpp": None}, CONFIG, "graders/sum.cpp is missing"),
        ({"input.txt": None}, CONFIG, "input.txt is missing"),
        ({}, [], "has to have task_type, code, time_limit and memory_limit"),
        ({}, {**CONFIG, "code": "../sum"}, "has a value that is out of bounds"),
        ({}, {**CONFIG, "time_limit": "nan"}, "has a value that is out of bounds"),
        ({}, {**CONFIG, "memory_limit": 1 << 40}, "memory_limit exceeds the configured limit of 1024 MiB"),
        ({}, {**CONFIG, "task_type": "Communication"}, "tasks of the type Communication are not scored here"),
        ({"correct_output.txt": "x" * (SETTINGS.output_limit_bytes + 1)}, CONFIG, "correct_output.txt is larger than"),
    ],
)
def test_what_cannot_be_scored_is_refused(changes: dict[str, Any], config: object, words: str) -> None:
    """It would else be a reward of 0."""
    with pytest.raises(HTTPException, match=words) as raised:
        read({**FILES, **changes}, config)
    assert raised.value.status_code == 400


@pytest.mark.parametrize(
    ("output", "points"),
    [
        (b"a b\nc\n", "1\n"), (b"a b\nc", "1\n"), (b"a \t b \nc\r\n", "1\n"),
        (b" a b\nc\n", "0\n"), (b"a b\nc\n\n", "0\n"), (b"ab\nc\n", "0\n"), (b"", "0\n"),
    ],
)  # fmt: skip
def test_lines_compare_as_diff_b_has_them(output: bytes, points: str) -> None:
    """What `diff -bq` of diffutils 3.10 says."""
    response, _ = score(read(), ended(output))
    assert response["run"]["stdout"] == points
    assert (response["compile"]["code"], response["run"]["code"]) == (0, 0)


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ({"reason": Reason.MEMORY_LIMIT, "exit_code": 137}, "Memory limit exceeded\n"),
        ({"reason": Reason.WALL_TIME_LIMIT}, "Time limit exceeded (1.5s)\n"),
        ({"reason": Reason.OUTPUT_LIMIT}, "Output isn't correct: it is too long\n"),
        ({"exit_code": 3}, "Runtime error with exit code 3\n"),
    ],
)
def test_ends_have_the_words_that_are_looked_for(end: dict[str, Any], words: str) -> None:
    response, ran = score(read(CHECKED), ended(**end))
    assert (response["run"]["stdout"], response["run"]["stderr"], len(ran)) == ("0\n", words, 1)


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (ended(b"nan\n"), "it printed no score"),
        (ended(b"1\n", reason=Reason.SIGNAL, message="killed by SIGSEGV"), "killed by SIGSEGV"),
        (ended(status=Status.COMPILE_ERROR, reason=Reason.COMPILE_FAILED, message="exit code 1"), "exit code 1"),
        (ended(status=Status.ERROR, message="a sandbox broke"), "a sandbox broke"),
    ],
)
def test_a_failure_of_the_checker_is_no_score(end: Execution, words: str) -> None:
    with pytest.raises(SandboxError, match=words):
        score(read(CHECKED), ended(b"out"), end)


def test_a_checker_decides_whatever_its_exit_code_is() -> None:
    response, _ = score(read(CHECKED), ended(b"out"), ended(b"0.25 of 1\n", exit_code=7, stderr="half\n"))
    assert (response["run"]["stdout"], response["run"]["stderr"]) == ("0.25\n", "half\n")
    assert (response["run"]["code"], response["language"], response["version"]) == (0, "cms", "1.0.0")


def test_without_an_expected_output_the_output_is_the_answer() -> None:
    response, _ = score(read({**CHECKED, "correct_output.txt": None}), ended(b"out"))
    assert response["run"]["stdout"] == "out"
