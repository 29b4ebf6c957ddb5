"""Clients that work back to back for a while, each in a process of its own, so that none waits for another's lock."""

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
    """What some clients got done."""

    executions: float  # those that began or ended within the window count by the part that lies in it
    window_s: float
    machine_cpu_s: float  # spent by everything on this machine meanwhile
    client_cpu_s: float  # of it by the clients themselves

    @property
    def per_s(self) -> float:
        return self.executions / self.window_s

    @property
    def cpu_ms(self) -> float:
        """The whole machine's CPU time for one execution."""
        return self.machine_cpu_s / self.executions * 1000 if self.executions else 0.0

    def __add__(self, other: "Rate") -> "Rate":
        return Rate(
            self.executions + other.executions,
            self.window_s + other.window_s,
            self.machine_cpu_s + other.machine_cpu_s,
            self.client_cpu_s + other.client_cpu_s,
        )


Make = Callable[[int], Callable[[], object]]  # from a client's number to what it does again and again


def drive(make: Make, clients: int, warm_up_s: float, window_s: float) -> Rate:
    """The rate of `clients` working at the same time, after a warm-up that does not count."""
    begin = time.monotonic() + 0.1 + warm_up_s
    end = begin + window_s
    with _workers(clients, lambda number: _count(make(number), begin, end)) as reports:
        time.sleep(max(begin - time.monotonic(), 0))  # the workers work meanwhile, by the same clock
        busy_before = host.busy_s()
        time.sleep(max(end - time.monotonic(), 0))  # and so in the window itself
        busy_s = host.busy_s() - busy_before
        told = [report.recv() for report in reports]
    return Rate(sum(done for done, _ in told), window_s, busy_s, sum(cpu_s for _, cpu_s in told))


def repeat(make: Make, clients: int, executions: int) -> None:
    """So many executions, shared out among the clients."""
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
    """Processes that report what `work` returns. None outlives the block."""
    context = multiprocessing.get_context("fork")
    workers, reports = [], []

    def body(number: int, report: Connection) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started us ends us
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
    """Executions and this process's own CPU time within the window; what lies across its edge counts in part."""
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
    """What the machine spends while nothing is asked of it: the background of every figure of `drive`."""
    busy_before = host.busy_s()
    time.sleep(window_s)  # doing nothing is what is measured
    return Rate(0, window_s, host.busy_s() - busy_before, 0)
