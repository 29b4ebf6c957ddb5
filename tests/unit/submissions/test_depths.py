"""The depth of the queue: counted seldom where it takes long."""

import time
from typing import cast

from zuko.submissions import depths
from zuko.submissions.depths import Depths
from zuko.submissions.model import Depth
from zuko.submissions.store import Store


class Slow:
    """A store that counts for some time."""

    def __init__(self, takes_s: float) -> None:
        self.takes_s = takes_s
        self.counted: list[str | None] = []

    def depth(self, tenant: str | None) -> Depth:
        self.counted.append(tenant)
        time.sleep(self.takes_s)
        return Depth(len(self.counted), 0, None)


def test_a_count_serves_for_longer_than_it_took() -> None:
    store, counts = Slow(0.05), Depths()
    began = time.monotonic()
    while time.monotonic() - began < 0.5:
        counts.of(cast(Store, store), None)
    assert store.counted == [None]
    assert counts.of(cast(Store, store), "a").queued == 2
    time.sleep(0.05 * depths.REST)
    assert counts.of(cast(Store, store), None).queued == 3


def test_what_is_kept_is_bounded() -> None:
    store, counts = Slow(0.0), Depths()
    for number in range(2 * depths.TENANTS_MAX):
        counts.of(cast(Store, store), str(number))
    assert len(counts._kept) <= depths.TENANTS_MAX
