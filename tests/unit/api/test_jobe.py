"""Jobe's façade without sandboxes: its runs, its answers, and the files that it keeps."""

import asyncio
import base64
import hashlib
import os
from pathlib import Path
from typing import Any, Final, cast

import httpx2
import pytest
from starlette.exceptions import HTTPException

from tests.harness.executing import Parts
from zuko.api.app import create_app
from zuko.api.compat import jobe
from zuko.api.compat.jobe.files import Files, WrongIdError
from zuko.api.compat.jobe.languages import TASKS
from zuko.api.compat.jobe.runs import limits_of, read, to_answer, to_submission
from zuko.errors import NoCapacityError, SubmissionError
from zuko.execution.executor import Executor
from zuko.execution.submission import Submission
from zuko.settings import MIB, Settings
from zuko.types import CpuSource, Execution, Outcome, Reason, RunResult, SourceFile, Status, Usage

SETTINGS: Final = Settings()
RUN: Final[dict[str, Any]] = {"language_id": "python3", "sourcecode": "print(1)"}


def submission(*files: SourceFile, **run: Any) -> Submission:
    return to_submission(read({"run_spec": {**RUN, **run}}, SETTINGS), files, limits_of(SETTINGS))


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ([], "No run_spec attribute found in post data"),
        ({"run_spec": 1}, "No run_spec attribute found in post data"),
        ({"run_spec": {"sourcecode": ""}}, "run_spec is missing the required attribute 'language_id'"),
        ({"run_spec": {"language_id": "c"}}, "run_spec is missing the required attribute 'sourcecode'"),
        ({"run_spec": {**RUN, "language_id": "matlab"}}, "Language 'matlab' is not known"),
        ({"run_spec": {**RUN, "sourcefilename": "../x.py"}}, "The sourcefilename for the run_spec is illegal"),
        ({"run_spec": {**RUN, "sourcefilename": ".x"}}, "The sourcefilename for the run_spec is illegal"),
        ({"run_spec": {**RUN, "file_list": 1}}, "Invalid file specifier"),
        ({"run_spec": {**RUN, "file_list": [["short", "x"]]}}, "Invalid file specifier"),
        ({"run_spec": {**RUN, "file_list": [["longenough", "a/b"]]}}, "Invalid file specifier"),
        ({"run_spec": {**RUN, "parameters": {"cputime": 151}}},
         "cputime exceeds maximum allowed on this Jobe server (50 secs)"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_jobes_words(sent: object, message: str) -> None:
    with pytest.raises(HTTPException) as raised:
        read(sent, SETTINGS)
    assert raised.value.status_code == 400
    assert raised.value.detail.startswith(message)


@pytest.mark.parametrize("name", ["runargs", "interpreterargs", "compileargs", "linkargs"])
@pytest.mark.parametrize("value", ["'" + "x" * 20_000 + "'", ["x"] * 10_000, [10**4299] * 4])
def test_words_are_bounded_before_they_are_divided(name: str, value: object) -> None:
    """A quoted word of 8 MB took minutes, in which nothing else was served."""
    with pytest.raises(HTTPException, match=f"{name} are larger than 16384 bytes together") as raised:
        submission(language_id="c", parameters={name: value})
    assert raised.value.status_code == 400


def test_parameters() -> None:
    found = submission(
        input="é",
        parameters={
            "cputime": "7", "memorylimit": 300, "numprocs": 20, "disklimit": 2, "streamsize": 0.5,
            "interpreterargs": ["-B -E"], "runargs": ["a", "'b c'"],
        },
    )  # fmt: skip
    assert (found.limits.cpu_time_ms, found.limits.wall_time_ms) == (7000, 14_000)
    assert found.memory_bytes == 300 * MIB
    assert (found.limits.stdout_bytes, found.limits.file_bytes) == (500_000, 2000 * 1024)
    assert found.limits.processes == 32  # an interpreter has threads of its own
    assert found.language.run_argv[1:] == ("-B", "-E", "main.py")
    assert found.options.arguments == ("a", "b c")


def test_what_is_no_number_stands_for_the_default() -> None:
    found = submission(parameters={"cputime": "; rm -rf /", "memorylimit": None, "streamsize": [1], "numprocs": -1})
    usual = submission()
    assert found.limits == usual.limits
    assert (usual.limits.cpu_time_ms, usual.limits.stdout_bytes, usual.memory_bytes) == (5000, 2_000_000, 1000 * MIB)


def test_compilers() -> None:
    parameters = {"compileargs": ["-std=c11 -Wall", "-x c"], "linkargs": ["-lm"], "runargs": ["x"]}
    usual, named = submission(language_id="c"), submission(language_id="c", parameters=parameters)
    expected = (usual, ("-O0", "-Wall", "-Werror", "-std=c99")), (named, ("-O0", "-std=c11", "-Wall", "-lm"))
    for found, options in expected:
        assert found.language.compiler is not None
        assert found.language.compiler.argv[-len(options) :] == options
    assert named.options.arguments == ("x",)
    with pytest.raises(SubmissionError, match="not allowed"):
        submission(language_id="c", parameters={"compileargs": ["-fplugin=x"]})


def test_a_file_may_have_the_programs_name() -> None:
    found = submission(SourceFile("main.py", b"x"))
    assert [file.name for file in found.files] == ["_main.py", "main.py"]
    assert found.language.run_argv[-1] == "_main.py"


def execution(stdout: bytes = b"", stderr: bytes = b"", **fields: Any) -> Execution:
    usage = Usage(1, 1, 1, CpuSource.CGROUP_V2)
    result = RunResult(Outcome.EXITED, usage, 0, None, 0, "", stdout, stderr, False, False)
    return Execution(**{"status": Status.OK, "exit_code": 0, "result": result, **fields})


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (execution(b"1\n"), 15),
        (execution(b"1\n", exit_code=3, status=Status.RUNTIME_ERROR), 15),  # as Jobe: the code does not count
        (execution(b"1\n", b"warning"), 12),
        (execution(reason=Reason.SIGNAL, status=Status.RUNTIME_ERROR, exit_code=139), 12),
        (execution(reason=Reason.CPU_TIME_LIMIT, status=Status.TIMEOUT), 13),
        (execution(reason=Reason.OUTPUT_LIMIT, status=Status.RUNTIME_ERROR), 13),
        (execution(reason=Reason.MEMORY_LIMIT, status=Status.RUNTIME_ERROR), 17),
        (execution(reason=Reason.FORBIDDEN_SYSCALL, status=Status.RUNTIME_ERROR), 19),
        (execution(compile_output="a warning"), 11),
        (execution(compile_output=""), 15),
        (execution(b"", b'  File "/workspace/main.py", line 1\n    (\nSyntaxError: never closed\n',
                   status=Status.RUNTIME_ERROR, exit_code=1), 11),
        (execution(b"", b"Traceback (most recent call last):\nSyntaxError: no\n",
                   status=Status.RUNTIME_ERROR, exit_code=1), 12),
        (Execution(Status.COMPILE_ERROR, Reason.COMPILE_FAILED, compile_output="error"), 11),
        (Execution(Status.ERROR, Reason.SANDBOX_ERROR, "it broke"), 20),
    ],
)  # fmt: skip
def test_outcomes(found: Execution, outcome: int) -> None:
    answer = to_answer(found)
    assert answer["outcome"] == outcome
    assert set(answer) == {"run_id", "outcome", "cmpinfo", "stdout", "stderr"}
    assert (outcome == 11) is bool(answer["cmpinfo"])


def test_bytes_that_are_not_text_are_shown_by_their_numbers() -> None:
    assert to_answer(execution(b"A\n\x01\xc0"))["stdout"] == "A\n\\x01\\xc0"
    assert to_answer(execution("é\x01".encode()))["stdout"] == "é\x01"


def test_languages_have_jobes_names_first() -> None:
    assert {"c", "cpp", "java", "nodejs", "python3"} <= set(TASKS)
    assert "python" not in TASKS
    assert "rust" in TASKS


class BusyExecutor(Parts):
    """An executor without a free sandbox."""

    settings = SETTINGS
    slots = 1

    async def execute(self, *_: object, **__: object) -> Execution:
        raise NoCapacityError("all sandboxes are busy")


def send(*requests: tuple[str, str, Any], **settings: Any) -> list[httpx2.Response]:
    """Return the responses of one process to requests, in their order."""
    app = create_app(Settings(facades="jobe", **settings), cast(Executor, BusyExecutor()))

    async def send_all() -> list[httpx2.Response]:
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://zuko/jobe/restapi") as client:
            return [await client.request(method, path, json=sent) for method, path, sent in requests]

    return asyncio.run(send_all())


def test_overload_is_an_outcome() -> None:
    (response,) = send(("POST", "/runs/", {"run_spec": RUN}))
    assert (response.status_code, response.json()["outcome"]) == (200, 21)


def test_a_run_without_files_needs_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that has to wake up for nothing was most of what Jobe's requests took in addition to ours."""
    monkeypatch.setattr(jobe, "run_in_threadpool", lambda *_: pytest.fail("a thread was used"))
    (response,) = send(("POST", "/runs", {"run_spec": RUN}))
    assert response.json()["outcome"] == 21


def test_sizes_are_bounded(tmp_path: Path) -> None:
    def put(content: bytes) -> tuple[str, str, Any]:
        return "PUT", f"/files/{md5(content)}", {"file_contents": base64.b64encode(content).decode()}

    run = {**RUN, "file_list": [[md5(b"x" * 10), "x"], [md5(b"y" * 10), "y"]]}
    limits = {"jobe_files": str(tmp_path), "jobe_files_limit_bytes": 15, "jobe_body_limit_bytes": 2000}
    requests = put(b"x" * 10), put(b"y" * 10), put(b"z" * 16), put(b"z" * 2000), ("POST", "/runs", {"run_spec": run})
    *kept, larger, largest, both = send(*requests, **limits)
    assert [each.status_code for each in kept] == [204, 204]
    assert (larger.status_code, larger.json()) == (413, "put: a file has at most 15 bytes")
    assert largest.status_code == 413
    assert isinstance(largest.json(), str)
    assert (both.status_code, both.json()) == (400, "files have more than 15 bytes together")


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def test_files_are_kept_by_their_ids(tmp_path: Path) -> None:
    files = Files(tmp_path / "new", 1000)
    assert not files.has(md5(b"x"))
    files.put(md5(b"x"), b"x")
    files.put("randomid0129798", b"y")
    assert files.has(md5(b"x"))
    assert (files.get(md5(b"x")), files.get("randomid0129798"), files.get("unknown1")) == (b"x", b"y", None)


@pytest.mark.parametrize("file_id", ["../../../etc", "a" * 65, "short", "..", "a/b/c/d/e/f", "é" * 8, md5(b"other")])
def test_ids_that_no_file_can_have(tmp_path: Path, file_id: str) -> None:
    files = Files(tmp_path, 1000)
    with pytest.raises(WrongIdError):
        files.put(file_id, b"x")
    assert not files.has(file_id)
    assert files.get(file_id) is None
    assert not list(tmp_path.rglob("*"))


def test_a_file_that_was_changed_is_not_the_one_that_was_sent(tmp_path: Path) -> None:
    files = Files(tmp_path, 1000)
    files.put(md5(b"x"), b"x")
    next(tmp_path.rglob(md5(b"x"))).write_bytes(b"y")
    assert files.get(md5(b"x")) is None


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    files = Files(tmp_path, 250)
    contents = [bytes([number]) * 100 for number in range(3)]
    for age, content in zip((300, 200), contents, strict=False):
        files.put(md5(content), content)
        path = next(tmp_path.rglob(md5(content)))
        os.utime(path, (path.stat().st_mtime - age,) * 2)
    assert files.get(md5(contents[0])) == contents[0]  # it is the newest now
    files.put(md5(contents[2]), contents[2])
    assert [files.has(md5(content)) for content in contents] == [True, False, True]
    assert files.size_bytes() == 200


def test_a_file_that_another_process_is_writing_is_left(tmp_path: Path) -> None:
    files = Files(tmp_path, 250)
    files.put(md5(b"x"), b"x")
    half = next(tmp_path.rglob(md5(b"x"))).with_name(".new-1")
    half.write_bytes(bytes(300))
    files.put(md5(b"y"), b"y")
    assert half.exists()
    assert files.has(md5(b"x"))


def test_what_was_not_used_for_a_week_goes(tmp_path: Path) -> None:
    files = Files(tmp_path, 1000)
    files.put(md5(b"old"), b"old")
    path = next(tmp_path.rglob(md5(b"old")))
    os.utime(path, (path.stat().st_mtime - 8 * 86400,) * 2)
    files.put(md5(b"new"), b"new")
    assert not files.has(md5(b"old"))
