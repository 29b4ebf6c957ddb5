"""The isolation that a sandbox gets, its container, and the advice where a host refuses it."""

import itertools
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from tests import ROOT
from zuko.engine import isolation
from zuko.engine.confinement import CELL_PROCESSES, WRITABLE, container_options
from zuko.engine.engine import Engine
from zuko.engine.isolation import hint
from zuko.engine.seccomp import CELL_PROFILE, PROFILE
from zuko.errors import EngineError
from zuko.languages.table import PYTHON
from zuko.settings import Settings
from zuko.types import Isolation, SandboxSpec

SPEC = Settings().sandbox(PYTHON)
BOTH = (Isolation.NAMESPACES, Isolation.CONTAINER)


def options(grade: Isolation, spec: SandboxSpec = SPEC) -> dict[str, Any]:
    """Return what a container is made with, where the client leaves names as they are."""
    api: Any = SimpleNamespace(create_host_config=lambda **named: named)
    return container_options(api, spec, grade, core=None, uid=20000)


def refused(grade: Isolation) -> list[dict[str, Any]]:
    """Return the rules of the seccomp profile that a container gets."""
    (profile,) = [
        each.removeprefix("seccomp=")
        for each in options(grade)["host_config"]["security_opt"]
        if each.startswith("seccomp=")
    ]
    rules: list[dict[str, Any]] = json.loads(profile)["syscalls"]
    return rules


@pytest.mark.parametrize("wanted", BOTH)
def test_what_was_asked_for_is_tried(wanted: Isolation) -> None:
    engine = Engine()
    assert engine._isolation_of(replace(SPEC, isolation=wanted)) is wanted


def test_the_better_one_is_tried_first_and_once() -> None:
    engine = Engine()
    assert SPEC.isolation is Isolation.AUTO
    assert engine._isolation_of(SPEC) is Isolation.NAMESPACES
    engine.note_refusal(SPEC, "clone: Operation not permitted")
    assert engine.refused_namespaces == "clone: Operation not permitted"
    assert engine._isolation_of(SPEC) is Isolation.CONTAINER
    engine.note_refusal(SPEC, "")  # an image that does not say why
    assert engine._isolation_of(SPEC) is Isolation.CONTAINER


def test_where_nothing_less_will_do_a_refusal_is_an_error() -> None:
    with pytest.raises(EngineError, match=r"does not allow namespaces for each run \(clone: Operation not permitted\)"):
        Engine().note_refusal(replace(SPEC, isolation=Isolation.NAMESPACES), "clone: Operation not permitted")


def test_zuko_init_gets_the_grade_and_how_to_mount() -> None:
    """The places of a box are as large as those that the engine mounts without boxes."""
    for grade in BOTH:
        words = options(grade)["command"]
        assert words[words.index("--isolation") + 1] == grade
        named = dict(word.split("=", 1) for before, word in itertools.pairwise(words) if before == "--writable")
        assert named.pop("/dev/mqueue") == "mqueue"
        assert list(named) == list(WRITABLE)
        mounted = options(Isolation.CONTAINER)["host_config"]["tmpfs"]
        for path, text in named.items():
            assert set(text.split(",")) <= set(mounted[path].split(","))
            assert len(text) < 96  # BOX_OPTIONS_MAX


def test_only_a_container_with_boxes_may_make_them() -> None:
    """It has no tmpfs of its own, an unmasked /proc, and more processes: those of ours."""
    cell, plain = (options(grade)["host_config"] for grade in BOTH)
    assert cell["tmpfs"] is None
    assert not [path for path in cell["MaskedPaths"] if path.startswith("/proc")]
    assert cell["ReadonlyPaths"] == []
    assert "MaskedPaths" not in plain
    assert "ReadonlyPaths" not in plain
    assert cell["pids_limit"] == plain["pids_limit"] + CELL_PROCESSES + 1  # a warm runtime
    cold = options(Isolation.NAMESPACES, replace(SPEC, warm=None))["host_config"]
    assert cold["pids_limit"] == plain["pids_limit"] + CELL_PROCESSES
    changed = {"tmpfs", "MaskedPaths", "ReadonlyPaths", "pids_limit", "security_opt"}
    assert {key: value for key, value in cell.items() if key not in changed} == {
        key: value for key, value in plain.items() if key not in changed
    }


def test_the_profile_of_a_container_with_boxes_opens_two_calls() -> None:
    """They are mount and clone with new namespaces; unshare, setns and the rest stay refused."""
    cell, plain = ({name for rule in refused(grade) for name in rule["names"]} for grade in BOTH)
    assert plain - cell == {"mount", "clone"}
    assert CELL_PROFILE != PROFILE


@pytest.mark.parametrize("start", [start for start, _ in isolation._HINTS])
def test_advice_is_about_steps_that_exist(start: str) -> None:
    places = ("docker/init/box.c", "docker/init/making.c", "docker/init/boxes.c", "zuko/engine/container.py")
    sources = "".join((ROOT / place).read_text() for place in places)
    step, *place = start.split(":", maxsplit=1)[0].split(" ", maxsplit=1)
    assert f'"{step}' in sources
    assert all(each in sources for each in place)
    assert hint(f"{start} and more").endswith(dict(isolation._HINTS)[start])


@pytest.mark.parametrize("step", ["mount /dev: Permission denied", "mount /workspace: Permission denied"])
def test_a_security_module_that_forbids_mounts_is_named(step: str) -> None:
    assert "AppArmor" in hint(step)


def test_an_unexpected_step_leads_to_the_page() -> None:
    assert hint("bring up lo: Operation not permitted") == (
        "namespaces for each run are not possible here (bring up lo: Operation not permitted): "
        "see docs/how-to/isolation.md"
    )
    assert (ROOT / "docs/how-to/isolation.md").exists()
