"""The sandboxes of a command: each on a core of its own, as long as there are enough."""

from collections import Counter
from typing import cast

from zuko.languages.table import PYTHON
from zuko.pool.lease import Lease
from zuko.pool.ondemand import OnDemand
from zuko.pool.stock import Core
from zuko.sandbox.sandbox import Sandbox
from zuko.settings import Settings
from zuko.types import CpuSource, FilterMode, Hello, SandboxSpec

SPEC = Settings().sandbox(PYTHON)


class FakeSandbox:
    def __init__(self, spec: SandboxSpec, core: Core) -> None:
        self.spec, self.core = spec, core
        self.hello = Hello(CpuSource.CGROUP_V2, FilterMode.NOTIFY, counts_oom_kills=True, uid=20000)

    def has_ended(self) -> bool:
        return False

    def close(self) -> None: ...

    def cancel(self) -> None: ...


def start(spec: SandboxSpec, core: Core) -> Sandbox:
    return cast(Sandbox, FakeSandbox(spec, core))


def borrowed(lease: Lease) -> Lease:
    while (other := lease.try_borrow()) is None:
        pass  # its start is another thread's
    return other


def test_sandboxes_are_spread_over_the_cores_and_a_companion_is_on_its_lease_s() -> None:
    asked = 0

    def find_cores() -> list[Core]:
        nonlocal asked
        asked += 1
        return [2, 3, 0, 1]

    source = OnDemand(start, 4, find_cores)
    source.open()
    lease = source.reserve(SPEC).result(5)
    leases = [lease, *(borrowed(lease) for _ in range(3))]
    assert Counter(each.sandbox.core for each in leases) == Counter(range(4))
    for each in leases:
        assert each.companion(SPEC).core == each.sandbox.core
        each.release()
    source.close(1)
    assert asked >= 1


def test_without_pinning_they_have_no_core() -> None:
    source = OnDemand(start, 1)
    source.open()
    with source.reserve(SPEC).result(5) as lease:
        assert lease.sandbox.core is None
        assert lease.companion(SPEC).core is None
    source.close(1)
