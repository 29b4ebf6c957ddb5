"""The built function, as `sam local` runs it: scripts/sam-local.sh, with this machine's engine behind TLS."""

import contextlib
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

import docker
from benchmarks import ways
from benchmarks.host import HELLO_OUTPUT
from tests import ROOT
from tests.harness.waiting import wait_for
from zuko.engine.engine import OWNER_LABEL

EVENTS: Final = sorted((ROOT / "tests" / "events").glob("*.json"))
SCRIPT: Final = "scripts/sam-local.sh"
# A first run installs the SAM command line and builds two images.
PATIENCE_S: Final = 280

pytestmark = [pytest.mark.timeout(600), pytest.mark.long(120)]


def left_behind() -> list[str]:
    """Return what a run keeps below .aws-sam while it lasts: its package, and the keys to the engine."""
    return [path.name for path in (ROOT / ".aws-sam").glob("local.*")]


def functions(client: docker.DockerClient, run: str) -> list[str]:
    """Return the containers that mount a run's package."""
    return [each["Id"] for each in client.api.containers(all=True) if run in str(each["Mounts"])]


def sandboxes(client: docker.DockerClient) -> set[str]:
    """Return the containers of functions that run in containers: those of other process namespaces than ours."""
    ours = os.readlink("/proc/self/ns/pid")
    found = client.api.containers(all=True, filters={"label": OWNER_LABEL})
    return {each["Id"] for each in found if ours not in each["Labels"][OWNER_LABEL].split("/")}


# --- the package --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the package that Lambda gets, made by `sam build`."""
    to = tmp_path_factory.mktemp("build")
    command = ["scripts/sam.sh", "build", "--build-dir", str(to)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return to / "ApiFunction"


def test_package_holds_what_the_function_needs(package: Path) -> None:
    top = {path.name for path in package.iterdir()}
    assert {"zuko", "handler", "docker", "fastapi", "mangum", "pydantic_core"} <= top
    assert not top & {"tests", "docs", "benchmarks", "uvicorn", "boto3", "botocore", "pytest", "bin"}


def test_package_works_on_both_architectures(package: Path) -> None:
    modules = [path.name for path in package.rglob("*.so")]
    assert modules
    for name in modules:
        assert name.replace("aarch64", "x86_64") in modules
        assert name.replace("x86_64", "aarch64") in modules


def test_package_is_compiled(package: Path) -> None:
    """Every module is compiled, without a check of its source's time. https://peps.python.org/pep-0552/#specification"""
    sources = list(package.rglob("*.py"))
    assert sources
    for source in sources:
        compiled = source.parent / "__pycache__" / f"{source.stem}.cpython-312.pyc"
        assert compiled.read_bytes()[4:8] == b"\x01\0\0\0", source


def test_package_is_complete(package: Path) -> None:
    """The app can be imported and made from it alone."""
    code = "import zuko.aws.function as f; print(f.__file__); f.create_app(f.Settings()).openapi()"
    result = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=package,
        env={"PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (result.returncode, result.stdout) == (0, f"{package}/zuko/aws/function.py\n"), result.stderr


# --- one invocation for each event --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answers(docker_client: docker.DockerClient) -> dict[str, Any]:
    """Return the function's response to each recorded event. (`sam local invoke` exits with 0 even if it failed.)"""
    before = sandboxes(docker_client)
    result = subprocess.run(
        [SCRIPT, "invoke", *map(str, EVENTS)], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    lines = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    assert len(lines) == len(EVENTS), result.stdout + result.stderr
    assert left_behind() == []
    wait_for(lambda: sandboxes(docker_client) <= before, 10, "every sandbox to be removed")
    return dict(zip((path.stem for path in EVENTS), lines, strict=True))


@pytest.mark.parametrize("name", ["http-api-execute", "http-api-execute-base64", "rest-api-execute"])
def test_program_runs_by_way_of_a_gateway(answers: dict[str, Any], name: str) -> None:
    assert answers[name]["statusCode"] == 200
    body = json.loads(answers[name]["body"])
    assert (body["status"], body["stdout"]) == ("OK", "Hello Zuko\n")


def test_program_runs_by_direct_invocation(answers: dict[str, Any]) -> None:
    response = answers["direct-execute"]
    assert (response["status"], response["stdout"]) == ("OK", "Hello Zuko\n")


def test_submission_is_judged_by_way_of_a_gateway(answers: dict[str, Any]) -> None:
    assert answers["http-api-judge"]["statusCode"] == 200
    judgement = json.loads(answers["http-api-judge"]["body"])
    assert [case["verdict"] for case in judgement["cases"]] == ["AC", "WA"]


@pytest.mark.parametrize("name", ["http-api-healthz", "http-api-stage-healthz"])
def test_other_routes_answer(answers: dict[str, Any], name: str) -> None:
    """A stage in the path is accepted too."""
    assert answers[name]["statusCode"] == 200
    assert json.loads(answers[name]["body"]) == {"status": "alive"}


# --- the API ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def api(docker_client: docker.DockerClient, package: Path) -> Iterator[str]:
    """Yield the address of `sam local start-api`. Ended as by Ctrl-C, it leaves no key, socket or container of SAM."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    before = sandboxes(docker_client)
    # As a terminal starts it. Where these tests are a script's background job, it would ignore SIGINT as we do.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [SCRIPT, "start-api", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "BUILT": str(package.parent)},
        start_new_session=True,
    )
    signal.signal(signal.SIGINT, handler)
    with process:
        try:
            wait_for(lambda: process.poll() is not None or answers_at(url), PATIENCE_S, "sam local start-api")
            assert process.poll() is None, "it has ended; why is above"
            (run,) = left_behind()
            assert len(functions(docker_client, run)) == 1
            yield url
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)
            process.wait(60)
    assert left_behind() == []
    assert functions(docker_client, run) == []
    wait_for(lambda: sandboxes(docker_client) <= before, 10, "every sandbox to be removed")


def answers_at(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/healthz", timeout=30).status_code == 200
    except httpx2.TransportError:
        return False


def test_the_readmes_curl(api: str) -> None:
    """Word for word, at another address."""
    readme = (ROOT / "README.md").read_text()
    command = next(block for block in readme.split("```") if "curl -s http" in block).removeprefix("sh\n")
    assert "http://127.0.0.1:8000" in command
    result = subprocess.run(
        shlex.split(command.replace("http://127.0.0.1:8000", api)),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    response = json.loads(result.stdout)
    assert (response["status"], response["stdout"], response["exit_code"]) == ("OK", "Hello Zuko\n", 0)


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_submission_is_judged(api: str, accept: str) -> None:
    """The judgement comes in a response, or in events that come together."""
    event = json.loads((ROOT / "tests" / "events" / "http-api-judge.json").read_text())
    headers = {"content-type": "application/json", "accept": accept}
    response = httpx2.post(f"{api}/api/v1/judge", content=event["body"], headers=headers, timeout=60)
    assert (response.status_code, response.headers["content-type"].partition(";")[0]) == (200, accept)
    if accept == "application/json":
        judgement = response.json()
    else:
        *cases, (name, data) = (block.splitlines() for block in response.text.split("\n\n") if block)
        assert ([case[0] for case in cases], name) == (["event: case"] * 2, "event: judgement")
        judgement = json.loads(data.removeprefix("data: "))
    assert [case["verdict"] for case in judgement["cases"]] == ["AC", "WA"]


@pytest.mark.parametrize("path", ["/", "/page/page.js", "/docs", "/openapi.json", "/readyz", "/api/v1/languages"])
def test_pages_are_served(api: str, path: str) -> None:
    assert httpx2.get(f"{api}{path}", timeout=30).status_code == 200


def test_static_files_are_served(api: str) -> None:
    """Text as it is, an image by way of base64."""
    script = httpx2.get(f"{api}/static-offline-docs/swagger-ui-bundle.js", timeout=30)
    assert (script.status_code, len(script.content) > 1 << 20) == (200, True)
    image = httpx2.get(f"{api}/static-offline-docs/favicon.png", timeout=30)
    assert image.content.startswith(b"\x89PNG\r\n")


def test_one_environment_serves_many_requests(api: str) -> None:
    """Each request has a new sandbox."""
    write = "import pathlib; p = pathlib.Path('/workspace/x'); print(p.exists()); p.touch()"
    for _ in range(3):
        response = httpx2.post(f"{api}/api/v1/execute", json={"language": "python", "code": write}, timeout=60).json()
        assert (response["status"], response["stdout"]) == ("OK", "False\n")


@pytest.mark.parametrize("ends_s", [ways.SAM_ENDS_S, 0], ids=["by itself", "killed"])
def test_it_ends_where_sigint_is_ignored(
    docker_client: docker.DockerClient, monkeypatch: pytest.MonkeyPatch, package: Path, ends_s: int
) -> None:
    """A script's background job ignores SIGINT, and the benchmark's is one.

    No container that mounts its package is left, and no key.
    """
    monkeypatch.setattr(ways, "SAM_ENDS_S", ends_s)
    monkeypatch.setenv("BUILT", str(package.parent))
    before, others = left_behind(), sandboxes(docker_client)
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with ways.SamLocal() as sam_local:
            assert sam_local.execute()["stdout"] == HELLO_OUTPUT
            (run,) = {*left_behind()} - {*before}
            assert len(functions(docker_client, run)) == 1
    finally:
        signal.signal(signal.SIGINT, handler)
        # The sandbox that a killed function had created and not started stays until a sweep.
        for each in sandboxes(docker_client) - others:
            with contextlib.suppress(docker.errors.APIError):  # it is going
                docker_client.api.remove_container(each, force=True)
    assert sam_local.process.returncode == (128 + signal.SIGTERM if ends_s else -signal.SIGKILL)
    assert left_behind() == before
    assert functions(docker_client, run) == []
