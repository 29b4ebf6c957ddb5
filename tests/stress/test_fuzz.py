"""zuko-init and its decoders, sanitized, under random bytes."""

import contextlib
import random
import subprocess

import pytest

from tests.harness.golden import GOLDEN, REQUESTS, golden
from tests.harness.supervisor import (
    Ended,
    Supervisor,
    build,
)
from zuko.sandbox.protocol import FrameType


def test_fuzz_the_decoders() -> None:
    """The golden frames and a quarter of a million mutations of them, the same each time; `make fuzz` goes further."""
    corpus = sorted(GOLDEN.glob("*.bin"))
    replay = subprocess.run(
        [build() / "fuzz-replay", "--runs", "250000", "--seed", "1", *corpus],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert replay.stderr == ""
    assert replay.stdout == f"{len(corpus)} files, 250000 mutations\n"


@pytest.mark.parametrize("seed", range(20))
def test_fuzz_the_stream(seed: int) -> None:
    """Damaged requests one after another, then end of file: it ends, in order or with an error, and never by itself."""
    numbers = random.Random(seed)
    stream = bytearray()
    for name in numbers.choices(list(REQUESTS), k=8):
        frame = bytearray(golden(name))
        for _ in range(numbers.randint(0, 2)):
            frame[numbers.randrange(len(frame))] = numbers.choice((0, 1, 127, 128, 255, numbers.randrange(256)))
        stream += frame
    with Supervisor() as init:
        init.hello()
        init.send(bytes(stream))
        init.hang_up()
        kinds = []
        with contextlib.suppress(Ended):
            while True:
                kinds.append(init.frame()[0])
        assert init.wait() == (1 if FrameType.ERROR in kinds else 0)
        assert FrameType.ERROR not in kinds[:-1]
