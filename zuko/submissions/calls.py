"""Calls of a store by a worker, in threads. The renewal of leases never waits for a thread that another call has."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from zuko.telemetry.observer import Observer


class Calls:
    """The threads in which a worker calls its store.

    Args:
        observer: counts calls.
    """

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._threads = ThreadPoolExecutor(3, "zuko-worker")
        self._lease_thread = ThreadPoolExecutor(1, "zuko-leases")

    def call[**P, T](self, method: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> Awaitable[T]:
        """Call a method of the store."""
        return self._run(self._threads, method.__name__, partial(method, *arguments, **named))

    def call_for_leases[**P, T](self, method: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> Awaitable[T]:
        """Call a method of the store that keeps what the worker holds."""
        return self._run(self._lease_thread, method.__name__, partial(method, *arguments, **named))

    def close(self) -> None:
        """End the threads, once their calls have ended."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._lease_thread.shutdown(wait=False, cancel_futures=True)

    def _run[T](self, threads: ThreadPoolExecutor, name: str, call: Callable[[], T]) -> Awaitable[T]:
        return asyncio.get_running_loop().run_in_executor(threads, counted, self._observer, name, call)


def counted[T](observer: Observer, name: str, call: Callable[[], T]) -> T:
    """Call a method of the store, and count that."""
    began, failed = time.monotonic(), True
    try:
        result = call()
        failed = False
    finally:
        observer.store_call(name, time.monotonic() - began, failed=failed)
    return result
