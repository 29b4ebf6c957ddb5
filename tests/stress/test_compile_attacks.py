"""The attacks on compilers again, all at once."""

import statistics
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from tests.corpus.running import ATTACKS, LONGEST_COMPILATION_S, execute
from tests.harness.server import Server
from tests.stress.prober import Prober
from zuko.doctor.claims import check


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
        for attack, response in zip(ATTACKS, answers, strict=True)
        if (wrong := check(attack, response, crowded=True))
    }
    assert mismatches == {}
    assert prober.problems == []
    # Each of four clients may be before it, on one core at the worst, and each for the whole time of a compilation.
    assert max(prober.waits_s) < 4 * LONGEST_COMPILATION_S
    assert statistics.median(prober.waits_s) < LONGEST_COMPILATION_S
