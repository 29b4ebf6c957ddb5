"""Work for many tests, done a few items ahead of them: each test waits for its own item alone."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def done_ahead[Item, Result](
    request: pytest.FixtureRequest, test: str, work: Callable[[Item], Result], at_a_time: int = 4
) -> Iterator[Callable[[Item], Result]]:
    """Return a function that gives a test the result of its item, in the order in which the tests come.

    Args:
        request: of the fixture that does this, which is of the test's module. Its turn lasts until the row ends.
        test: the function's name; its one parameter is the item.
        work: on an item. The test raises what it raises.
        at_a_time: the service runs no more at once than there are cores, so more clients do not change the figures of
            a test, and no core has to wait for one.
    """
    items: list[Any] = [
        next(iter(one.callspec.params.values()))
        for one in request.session.items
        if isinstance(one, pytest.Function) and one.originalname == test and one.module is request.module
    ]
    with ThreadPoolExecutor(at_a_time) as threads:
        futures: dict[int, Future[Result]] = {id(item): threads.submit(work, item) for item in items}
        try:
            yield lambda item: futures[id(item)].result()
        finally:
            threads.shutdown(wait=True, cancel_futures=True)  # a test that failed may be the last that is wanted
