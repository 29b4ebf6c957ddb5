"""Others on a Docker host are found by the labels of their running sandboxes, and warned of or left alone."""

import math
from typing import Any, cast

import pytest

from zuko.engine import neighbours as module
from zuko.engine.engine import OWNER_LABEL, Engine
from zuko.engine.neighbours import SLOTS_LABEL, Neighbour, announcement, free_cores, neighbours
from zuko.engine.report import EngineInfo
from zuko.execution.executor import Executor
from zuko.settings import Settings


def container(owner: str, value: str, state: str = "running") -> dict[str, Any]:
    return {"State": state, "Labels": {OWNER_LABEL: owner, SLOTS_LABEL: value}}


def found(*containers: dict[str, Any]) -> list[Neighbour]:
    return neighbours(containers, owner_label=OWNER_LABEL, own="own")


def test_an_announcement_is_read_again() -> None:
    (one,) = found(container("other/pid/1/1", announcement([0, 2, None], 17.25)))
    assert (one.slots, one.cores, one.started_at, one.owner) == (3, (0, 2), 17.25, "other/pid/1/1")
    assert f"process {one.pid} on {one.host}" in str(one)


def test_each_owner_counts_once_in_the_order_of_the_start() -> None:
    listed = found(container("b", "2 - 9.0 1 x y"), container("a", "1 0 8.0 2 z"), container("b", "2 - 9.0 1 x y"))
    assert [(each.owner, each.slots, each.host) for each in listed] == [("a", 1, "z"), ("b", 2, "x y")]


@pytest.mark.parametrize(
    "listed",
    [
        container("own", "2 - 1.0 1 here"),
        container("", "2 - 1.0 1 here"),
        container("a", ""),
        container("a", "two - 1.0 1 here"),
        container("a", "2"),
        container("a", "2 - 1.0 1 here", state="created"),
        {"State": "running", "Labels": {}},
    ],
)
def test_others_are_not_neighbours(listed: dict[str, Any]) -> None:
    assert found(listed) == []


def test_owners_that_have_ended_are_not_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "owner_is_gone", lambda owner: owner == "gone")
    assert found(container("gone", "2 - 1.0 1 here")) == []


def test_runs_are_kept_on_cores_that_others_leave() -> None:
    listed = found(container("a", "2 0,1 9.0 1 x"), container("b", "1 0 8.0 2 z"), container("c", "3 - 7.0 3 y"))
    assert free_cores(4, listed) == [2, 3, 1, 0]
    assert free_cores(2, []) == [0, 1]


class Host:
    """An engine of four cores with neighbours."""

    def __init__(self, *slots_and_starts: tuple[int, float]) -> None:
        self.started_at = 10.0
        self.found = [Neighbour(str(at), slots, at, 7, "there") for slots, at in slots_and_starts]

    def start_sandbox(self, *_: object) -> None:
        raise NotImplementedError

    def sweep(self) -> int:
        return 0

    def info(self) -> EngineInfo:
        return EngineInfo("1", 4)

    def neighbours(self) -> list[Neighbour]:
        return self.found


@pytest.mark.parametrize(
    ("concurrency", "others", "is_new", "crowded"),
    [
        (None, [], False, False),
        (8, [], False, False),  # on purpose
        (None, [(1, 5.0)], False, True),
        (None, [(1, 15.0)], False, False),  # it came later, and has to go
        (None, [(1, 15.0)], True, True),  # its clock is wrong: it is there already
        (2, [(2, 5.0)], False, False),
        (2, [(2, 5.0), (1, 6.0)], False, True),
    ],
)
def test_who_came_first_has_the_cores(
    concurrency: int | None, others: list[tuple[int, float]], is_new: bool, crowded: bool
) -> None:
    engine = cast(Engine, Host(*others))
    executor = Executor(Settings(concurrency=concurrency), engine)
    crowding = executor.host.crowding(is_new=is_new)
    assert (crowding is not None) == crowded
    assert crowding is None or "the 4 cores of the Docker host are used by process 7 on there" in crowding
    assert not math.isinf(engine.started_at)
    executor.close()
