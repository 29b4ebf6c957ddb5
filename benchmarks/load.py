"""Clients that send requests back to back, each in a process of its own, so that they share no lock."""

import contextlib
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection

from benchmarks import host


@dataclass(frozen=True, slots=True)
class Rate:
    """The work that some clients got done."""

    executions: float  # those across the edges of the window count in part
    window_s: float
    machine_cpu_s: float  # of everything on this machine
    client_cpu_s: float  # the part of the clients

    @property
    def per_s(self) -> float:
        return self.executions / self.window_s

    @property
    def cpu_ms(self) -> float:
        """Return the whole machine's CPU time for one execution."""
        return self.machine_cpu_s / self.executions * 1000 if self.executions else 0.0

    def __add__(self, other: "Rate") -> "Rate":
        return Rate(
            self.executions + other.executions,
            self.window_s + other.window_s,
            self.machine_cpu_s + other.machine_cpu_s,
            self.client_cpu_s + other.client_cpu_s,
        )


Make = Callable[[int], Callable[[], object]]  # from a client's number to the function that it repeats


def drive(make: Make, clients: int, warm_up_s: float, window_s: float) -> Rate:
    """Return the rate of `clients` working at the same time, after a warm-up that does not count."""
    begin = time.monotonic() + 0.1 + warm_up_s
    end = begin + window_s
    with _workers(clients, lambda number: _count(make(number), begin, end)) as reports:
        time.sleep(max(begin - time.monotonic(), 0))  # meanwhile the workers run, by the same clock
        busy_before = host.busy_s()
        time.sleep(max(end - time.monotonic(), 0))  # the window itself
        busy_s = host.busy_s() - busy_before
        told = [report.recv() for report in reports]
    return Rate(sum(done for done, _ in told), window_s, busy_s, sum(cpu_s for _, cpu_s in told))


def repeat(make: Make, clients: int, executions: int) -> None:
    """Perform a number of executions, divided among the clients."""
    shares = [executions // clients + (number < executions % clients) for number in range(clients)]

    def work(number: int) -> None:
        act = make(number)
        for _ in range(shares[number]):
            act()

    with _workers(clients, work) as reports:
        for report in reports:
            report.recv()


@contextlib.contextmanager
def _workers(clients: int, work: Callable[[int], object]) -> Iterator[list[Connection]]:
    """Start processes that report the result of `work`. They end with the block."""
    context = multiprocessing.get_context("fork")
    workers, reports = [], []

    def body(number: int, report: Connection) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # our parent ends us
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        report.send(work(number))

    try:
        for number in range(clients):
            ours, theirs = context.Pipe(duplex=False)
            worker = context.Process(target=body, args=(number, theirs), daemon=True)
            worker.start()
            theirs.close()  # so that a worker that fails is an end of file
            workers.append(worker)
            reports.append(ours)
        yield reports
    finally:
        for worker in workers:
            worker.kill()
            worker.join()


def _count(act: Callable[[], object], begin: float, end: float) -> tuple[float, float]:
    """Return the executions and this process's CPU time in the window; those across its edges count in part."""
    done, cpu_s = 0.0, 0.0
    while (started := time.monotonic()) < end:
        cpu_before = time.process_time()
        act()
        finished = time.monotonic()
        inside = min(finished, end) - max(started, begin)
        if inside > 0:
            share = inside / (finished - started)
            done += share
            cpu_s += (time.process_time() - cpu_before) * share
    return done, cpu_s


def idle(window_s: float) -> Rate:
    """Return the CPU time of the idle machine: the background of every figure of `drive`."""
    busy_before = host.busy_s()
    time.sleep(window_s)  # measure an idle machine
    return Rate(0, window_s, host.busy_s() - busy_before, 0)
