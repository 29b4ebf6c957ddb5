"""SandboxFusion's façade without sandboxes: what is run, and what is answered."""

import asyncio
import base64
from typing import Any, Final, cast

import httpx2
import pytest

from tests.harness.executing import Parts
from zuko.api.app import create_app
from zuko.api.compat.sandboxfusion import RunCode, limits_of, to_answer, to_submission, wait_s
from zuko.errors import NoCapacityError, SubmissionError, UnreachableError
from zuko.execution.executor import Executor
from zuko.execution.submission import Submission
from zuko.languages.table import LANGUAGES
from zuko.settings import MIB, Settings
from zuko.types import Execution, Reason, SourceFile, Status

PYTHON, CPP17, JAVA = LANGUAGES["python"], LANGUAGES["cpp17"], LANGUAGES["java"]
JSON: Final = {"content-type": "application/json"}
SETTINGS: Final = Settings(facades="sandboxfusion", sandboxfusion_body_limit_bytes=4096)


class FakeExecutor(Parts):
    """An executor that answers each program with the same."""

    settings = SETTINGS
    slots = 1

    def __init__(self, answer: Execution | Exception) -> None:
        super().__init__()
        self._answer = answer
        self.executed: list[Submission] = []

    async def execute(self, submission: Submission, **_: object) -> Execution:
        self.executed.append(submission)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def post(answer: Execution | Exception, **sent: Any) -> httpx2.Response:
    app = create_app(SETTINGS, cast(Executor, FakeExecutor(answer)))

    async def send() -> httpx2.Response:
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://zuko") as client:
            return await client.request("POST", "/run_code", **sent)

    return asyncio.run(send())


def submission(**fields: Any) -> Submission:
    return to_submission(RunCode.model_validate({"code": "1", "language": "python", **fields}), limits_of(SETTINGS))


@pytest.mark.parametrize("error", [NoCapacityError("all busy"), UnreachableError("no host")])
def test_overload_is_the_only_status_that_verl_tries_again(error: Exception) -> None:
    response = post(error, json={"code": "1", "language": "python"})
    assert (response.status_code, response.json()) == (504, {"detail": str(error)})


@pytest.mark.parametrize(
    ("sent", "loc"),
    [
        ({"language": "python"}, ["body", "code"]),
        ({"code": "1", "language": "lean"}, ["body", "language"]),
        ({"code": "1", "language": "python", "run_timeout": -1}, ["body", "run_timeout"]),
        ({"code": "1", "language": "python", "files": {"../x": "eA=="}}, ["body", "files"]),
        ({"code": "1", "language": "python", "files": {"/etc/x": "eA=="}}, ["body", "files"]),
        ({"code": "1", "language": "python", "files": {"x": "é"}}, ["body", "files"]),
        ({"code": "1", "language": "python", "fetch_files": [str(n) for n in range(17)]}, ["body", "artifacts"]),
    ],
)
def test_fields_that_are_wrong(sent: dict[str, Any], loc: list[str]) -> None:
    response = post(Execution(Status.OK), json=sent)
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == loc


def test_bodies_that_are_wrong() -> None:
    assert post(Execution(Status.OK), content=b"{", headers=JSON).status_code == 400
    large = post(Execution(Status.OK), content=b" " * 5000, headers=JSON)
    assert (large.status_code, set(large.json())) == (413, {"detail"})
    broken = post(RuntimeError("secret"), json={"code": "1", "language": "python"})
    assert broken.status_code == 500
    assert "secret" not in broken.text


@pytest.mark.parametrize("headers", [{}, {"content-type": "text/plain"}])
def test_pages_of_other_sites_run_nothing(headers: dict[str, str]) -> None:
    """A browser sends these without asking first."""
    sent = post(Execution(Status.OK), content=b'{"code": "1", "language": "python"}', headers=headers)
    assert (sent.status_code, sent.json()) == (415, {"detail": "requests must be of type application/json"})


def test_limits_and_files_of_a_submission() -> None:
    found = submission(
        run_timeout=2.5,
        memory_limit_MB=200,
        stdin="é",
        files={"./a/b": base64.b64encode(b"\xff").decode(), "none": None},
        fetch_files=["out", "/workspace/x", "/etc/passwd"],
        args=["-v"],
    )
    assert found.limits.wall_time_ms == 2500
    assert found.memory_bytes == 200 * MIB
    assert found.input_data == "é".encode()
    assert found.files == (SourceFile("main.py", b"1"), SourceFile("a/b", b"\xff"))
    assert (found.options.artifacts, found.options.arguments) == (("out", "x"), ("-v",))


def test_a_limit_beyond_the_services_is_lowered_to_it() -> None:
    found = submission(run_timeout=600, memory_limit_MB=1 << 20)
    assert found.limits.wall_time_ms == SETTINGS.sandboxfusion_timeout_max_s * 1000
    assert found.memory_bytes == SETTINGS.memory_limit_max_mib * MIB
    assert submission(memory_limit_MB=-1).memory_bytes == SETTINGS.memory_limit_max_mib * MIB


def test_languages() -> None:
    assert submission(language="cpp").language is CPP17
    assert submission(language="nodejs").language is LANGUAGES["javascript"]
    java = submission(language="java", code="class Main {}").language
    assert java.run_argv == (JAVA.run_argv[0], "-ea", *JAVA.run_argv[1:])
    slow = submission(language="cpp", compile_timeout=0.5).language.compiler
    assert slow is not None
    assert slow.cpu_time_ms == 500
    with pytest.raises(SubmissionError, match="not supported"):
        submission(language="verilog")


def test_a_request_waits_no_longer_than_its_client() -> None:
    """verl waits for both limits and 10 s more: the program has its own limit, and the response a second."""
    asked = RunCode(code="", language="python", compile_timeout=15, run_timeout=15)
    assert wait_s(asked, PYTHON) == 24
    assert wait_s(asked, CPP17) == 9


@pytest.mark.parametrize(
    ("execution", "status", "run_status", "code"),
    [
        (Execution(Status.OK, exit_code=0), "Success", "Finished", 0),
        (Execution(Status.RUNTIME_ERROR, exit_code=3), "Failed", "Finished", 3),
        (Execution(Status.RUNTIME_ERROR, exit_code=200), "Failed", "Finished", 200),
        (Execution(Status.RUNTIME_ERROR, Reason.SIGNAL, exit_code=139), "Failed", "Finished", -11),
        (Execution(Status.RUNTIME_ERROR, Reason.MEMORY_LIMIT, exit_code=137), "Failed", "Finished", -9),
        (Execution(Status.TIMEOUT, Reason.WALL_TIME_LIMIT, exit_code=137), "Failed", "TimeLimitExceeded", None),
    ],
)
def test_ends(execution: Execution, status: str, run_status: str, code: int | None) -> None:
    found = to_answer(execution, PYTHON, [])
    assert (found["status"], found["message"], found["compile_result"]) == (status, "", None)
    assert (found["run_result"]["status"], found["run_result"]["return_code"]) == (run_status, code)
    assert found["run_result"]["stdout"] == found["run_result"]["stderr"] == ""


@pytest.mark.parametrize(
    ("reason", "compile_status", "code"),
    [(Reason.COMPILE_FAILED, "Finished", 1), (Reason.CPU_TIME_LIMIT, "TimeLimitExceeded", None)],
)
def test_compilations_that_fail(reason: Reason, compile_status: str, code: int | None) -> None:
    found = to_answer(Execution(Status.COMPILE_ERROR, reason, "why", compile_output="error"), CPP17, [])
    assert (found["status"], found["run_result"]) == ("Failed", None)
    compiled = found["compile_result"]
    assert (compiled["status"], compiled["return_code"], compiled["stderr"]) == (compile_status, code, "error")


def test_a_failure_of_ours() -> None:
    found = to_answer(Execution(Status.ERROR, Reason.SANDBOX_ERROR, "it broke"), PYTHON, [])
    assert (found["status"], found["message"], found["run_result"]) == ("SandboxError", "it broke", None)
