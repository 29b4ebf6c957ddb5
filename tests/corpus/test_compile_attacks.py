"""Compilers are programs on untrusted input: what tests/corpus/compile_attacks/ has them do hurts nobody.

Each file is a submission with what has to come of it, in the format of tests/corpus/programs/README.md; a line with
`$i` stands there as often as `expand` says.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

import docker
from tests.corpus.claims import Program, check, load
from tests.corpus.test_programs import Prober, execute
from tests.harness.ahead import done_ahead
from tests.harness.server import Server

ROOT: Final = Path(__file__).parent
ATTACKS: Final = load(ROOT / "compile_attacks")
HELLO: Final = {
    name: (ROOT / "languages" / name / f"hello.{ending}").read_text()
    for name, ending in (("c", "c"), ("cpp", "cpp"), ("java", "java"), ("go", "go"), ("rust", "rs"))
}
LONGEST_S: Final = 35.0  # the wall time limit of a compilation, a run, and a start on a busy machine


@pytest.fixture(scope="module")
def compilers(docker_client: docker.DockerClient) -> Iterator[Server]:
    """A server with a sandbox of each compiler ready."""
    with Server({"ZUKO_READY_LANGUAGES": ",".join(("python", *HELLO)), "ZUKO_READY_SANDBOXES": "1"}) as server:
        yield server.wait_ready()


def hello(client: httpx2.Client, language: str) -> dict[str, Any]:
    return execute(client, {"language": language, "code": HELLO[language], "input_data": "Zuko\n", "timeout": 10})


def test_there_are_enough_and_of_every_compiler() -> None:
    assert len(ATTACKS) >= 40
    assert {attack.language for attack in ATTACKS} == set(HELLO)
    claims = [attack.claim for attack in ATTACKS]
    assert len(set(claims)) == len(claims)
    assert [claim for claim in claims if not claim.endswith(".")] == []


@dataclass(frozen=True, slots=True)
class Attacked:
    """What came of an attack."""

    answer: dict[str, Any]
    took_s: float
    after: dict[str, Any]  # the answer to a hello-world in the same language
    ready: int  # the status of /readyz then


@pytest.fixture(scope="module")
def attacked(request: pytest.FixtureRequest, compilers: Server) -> Iterator[Callable[[Program], Attacked]]:
    def run(attack: Program) -> Attacked:
        started = time.monotonic()
        answer = execute(compilers.client, attack.request)
        took_s = time.monotonic() - started
        return Attacked(answer, took_s, hello(compilers.client, attack.language), compilers.get_status("/readyz"))

    with done_ahead(request, "test_attack", run) as attacked:
        yield attacked


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_attack(attacked: Callable[[Program], Attacked], attack: Program) -> None:
    """What its claim says, in no more than the limits of a compilation; the next submission knows nothing of it."""
    found = attacked(attack)
    assert check(attack, found.answer) == []
    assert found.took_s < LONGEST_S
    for told in (found.answer["compile_output"] or "", found.answer["message"] or ""):
        assert "docker" not in told.lower()
    assert (found.after["status"], found.after["compile_output"]) == ("OK", "")
    assert "Zuko" in found.after["stdout"]
    assert found.ready == 200


@pytest.mark.slow
@pytest.mark.alone
def test_all_at_once(compilers: Server) -> None:
    """A Python program beside all of them is answered in its turn, and each ends as it does alone."""
    with (
        httpx2.Client(base_url=compilers.url, timeout=300) as client,
        Prober(compilers.url) as prober,
        ThreadPoolExecutor(4) as clients,
    ):
        answers = list(clients.map(lambda attack: execute(client, attack.request, 300), ATTACKS))
    mismatches = {
        attack.id: wrong
        for attack, answer in zip(ATTACKS, answers, strict=True)
        if (wrong := check(attack, answer, crowded=True))
    }
    assert mismatches == {}
    assert prober.problems == []
    # Each of four clients may be before it, on one core at the worst, and each for the whole time of a compilation.
    assert max(prober.waits_s) < 4 * LONGEST_S
    assert statistics.median(prober.waits_s) < LONGEST_S
