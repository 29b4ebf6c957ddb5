"""A client that asks again and again while others crowd the service."""

import threading
import time

import httpx2

from tests.corpus.running import HELLO, execute

CLIENTS = 16
PROBE_EVERY_S = 0.2
# A hello-world beside 16 clients may find all of them ahead of it, and a program of the corpus holds its place for 2 s
# at the most: 16 s on two cores, 32 s on one. What it must not do is wait much longer than its turn.
PROBE_MAX_S = 35.0
PROBE_MEDIAN_S = 10.0


class Prober:
    """A thread that sends a hello-world every 0.2 s and records the time of each response."""

    def __init__(self, url: str) -> None:
        self.waits_s: list[float] = []
        self.problems: list[str] = []
        self._url = url
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._probe)

    def __enter__(self) -> "Prober":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _probe(self) -> None:
        with httpx2.Client(base_url=self._url, timeout=120) as client:
            while not self._stop.is_set():
                started = time.monotonic()
                try:
                    response = execute(client, HELLO)
                    if (response["status"], response["stdout"]) != ("OK", "Hello Zuko\n"):
                        self.problems.append(str(response))
                except (httpx2.HTTPError, AssertionError) as error:
                    self.problems.append(repr(error))
                self.waits_s.append(time.monotonic() - started)
                self._stop.wait(max(0.0, PROBE_EVERY_S - self.waits_s[-1]))
