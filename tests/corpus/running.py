"""The corpus, loaded and sent to a real server."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx2

from tests.corpus import verdict_claims
from tests.harness.server import Server
from tests.harness.tested import NAMES, TESTED
from zuko.doctor import claims
from zuko.languages.examples import example_of

_HERE: Final = Path(__file__).parent
PROGRAMS: Final = claims.load()
# In the languages that this run is about.
ATTACKS: Final = [each for each in claims.load(_HERE / "compile_attacks") if each.language in NAMES]
VERDICTS: Final = [each for each in verdict_claims.load() if each.language in NAMES]

# The names of the programs that stand in each language under tests/corpus/verdicts.
WAYS: Final = frozenset(
    {"accepted", "wrong_answer", "endless_loop", "sleeps", "fills_heap", "fills_stack", "floods_output"}
    | {"signal", "exit_code", "exception", "compile_error", "syntax_error"}
)
LONGEST_COMPILATION_S: Final = 35.0  # the wall time limit of a compilation, a run, and a start on a busy machine
HELLO: Final = {"language": "python", "code": "print('Hello Zuko')", "timeout": 3}


def execute(client: httpx2.Client, request: dict[str, Any], patience_s: float = 120.0) -> dict[str, Any]:
    """Execute a program."""
    return post(client, "/api/v1/execute", request, patience_s)


def post(client: httpx2.Client, path: str, request: dict[str, Any], patience_s: float = 120.0) -> dict[str, Any]:
    """Return the response to a request; after a 503, send it again when Retry-After says."""
    deadline = time.monotonic() + patience_s
    while True:
        response = client.post(path, json=request, timeout=120)
        if response.status_code != 503 or time.monotonic() > deadline:
            assert response.status_code == 200, response.text
            body: dict[str, Any] = response.json()
            return body
        time.sleep(float(response.headers["Retry-After"]))  # what a client is asked to do


HELLOS: Final = {language.name: example_of(language) for language in TESTED}
# Of these compilers a sandbox each is kept ready.
_READY: Final = tuple(name for name in ("python", "c", "cpp", "java", "go", "rust") if name in NAMES)


@contextmanager
def compilers_ready() -> Iterator[Server]:
    """Return a server with a sandbox of the most usual compilers ready."""
    with Server({"ZUKO_READY_LANGUAGES": ",".join(_READY or ("python",)), "ZUKO_READY_SANDBOXES": "1"}) as server:
        yield server.wait_ready()


def judge(server: Server, program: verdict_claims.Program, times: int = 1, patience_s: float = 120.0) -> list[str]:
    """Return the differences between the answer and the claim."""
    answer = post(server.client, "/api/v1/judge", program.request(times), patience_s)
    return verdict_claims.check(program, answer, times)
