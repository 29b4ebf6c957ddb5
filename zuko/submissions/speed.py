"""The speed of a worker's machine: the CPU time of a reference program there, over that on the reference machine."""

import logging
from typing import Final

from zuko.errors import UnavailableError
from zuko.execution.admission import admit
from zuko.execution.executor import Executor
from zuko.languages.table import PYTHON
from zuko.settings import REFERENCE_MS
from zuko.types import SourceFile, Status

log = logging.getLogger(__name__)

# Arithmetic, calls, a dictionary and strings: what an interpreter does, without system calls and with little memory.
PROGRAM: Final = b"""\
def collatz(n):
    steps = 0
    while n != 1:
        n = 3 * n + 1 if n & 1 else n >> 1
        steps += 1
    return steps

counts = {}
for n in range(1, 9000):
    steps = collatz(n)
    counts[steps] = counts.get(steps, 0) + 1
print(max(counts), sum(len(str(n)) for n in counts.values()))
"""
OUTPUT: Final = "261 406\n"
RUNS: Final = 3  # of a measurement: the least counts, as what disturbs a run only makes it longer


class Speed:
    """The factor of a machine. It is measured again now and then, as machines are moved, throttled and shared.

    Args:
        executor: runs the reference program.
        reference_ms: its CPU time on the reference machine.
    """

    def __init__(self, executor: Executor, reference_ms: float = REFERENCE_MS) -> None:
        self._executor = executor
        self._reference_ms = reference_ms
        self.factor: float | None = None  # None: not measured yet, or CPU time cannot be measured

    async def measure(self) -> None:
        """Run the reference program, and keep the former factor if it cannot be run now.

        A machine that others keep busy seems slower than it is. So a factor that is higher than before is believed by
        half only, and a lower one at once.
        """
        submission = admit(self._executor.settings, PYTHON, (SourceFile(PYTHON.source_name, PROGRAM),))
        times_ms: list[float] = []
        for _ in range(RUNS):
            try:
                execution = await self._executor.execute(submission, is_counted=False)
            except UnavailableError as error:
                log.info("the speed of this machine is not measured now: %s", error)
                break
            if execution.status is not Status.OK or execution.stdout != OUTPUT:
                log.warning("the reference program failed: %s", execution.message or execution.stdout[:80])
                break
            if execution.usage is not None and execution.usage.cpu_time_ns is not None:
                times_ms.append(execution.usage.cpu_time_ns / 1e6)
        if times_ms:
            factor = min(times_ms) / self._reference_ms
            log.info("the reference program took %.1f ms of CPU time here: factor %.3f", min(times_ms), factor)
            self.factor = factor if self.factor is None or factor < self.factor else (factor + self.factor) / 2
