"""Fixtures of the tests of the pool."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.pool.host import FakeSandbox


@pytest.fixture(autouse=True)
def none_is_lost(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """At the end of each test the pool is closed, and so is every sandbox that was made."""
    made: list[FakeSandbox] = []
    init = FakeSandbox.__init__

    def noted(sandbox: FakeSandbox, *arguments: Any) -> None:
        init(sandbox, *arguments)
        made.append(sandbox)

    monkeypatch.setattr(FakeSandbox, "__init__", noted)
    yield
    assert [sandbox for sandbox in made if not sandbox.closed] == []
