"""Runs tests by tier, as `make check`, `make test` and `make test-rest` do: `python -m tests check|test|rest [ARGS]`.

    check   lint, types, unit, supervisor                  no Docker
    test    that, service, sandbox, corpus, and coverage   every claim once
    rest    ops, stress                                    set-up and deployment; repeats, crowds, fuzz

Each step is run whatever became of those before it, so that one failure does not hide another one's. mypy has one core
and nothing to wait for; tests wait now and then. So it runs beside them, in the time that they leave. Coverage is that
of `zuko` by the unit and the service tests together; it slows them down, so it is measured in CI (`CI=true`) and on
request (`COVERAGE=1`). Tests that assert times, or take something away from others, have a step of their own, one after
the other and unmeasured.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tests import ROOT

PYTHON: Final = sys.executable
BESIDE_OTHERS: Final = ("-m", "not alone")
# A file's tests share fixtures, and files of equal names stand in several tiers.
_SPREAD: Final = ("--dist", "loadfile", "--no-loadscope-reorder")


@dataclass(frozen=True, slots=True)
class Step:
    """A command, and what it is called in the summary."""

    name: str
    command: tuple[str, ...]
    measured: bool = False  # by coverage
    beside: bool = False  # the steps after it


def lint() -> Iterator[Step]:
    """Everything that is found without running anything."""
    yield Step("ruff check", ("ruff", "check", "--quiet", "."))
    yield Step("ruff format", ("ruff", "format", "--check", "--quiet", "."))
    yield Step("mypy", ("mypy",), beside=True)


def steps(what: str, jobs: int, arguments: Sequence[str]) -> Iterator[Step]:
    """Return the steps of one of the three runs."""

    def tests(*tiers: str, options: tuple[str, ...] = (), jobs: int = jobs, measured: bool = False) -> Step:
        paths = [f"tests/{tier}" for tier in tiers]
        command = ("pytest", "-q", *paths, "--numprocesses", str(jobs), *_SPREAD, *options, *arguments)
        alone = " alone" if "alone" in options else ""
        return Step(", ".join(tiers) + alone, command, measured)

    if what in {"check", "test"}:
        yield from lint()
    if what == "check":
        yield tests("unit", "supervisor")
    if what == "test":
        yield tests("unit", measured=True)
        # Not more modules at a time than cores: twice as many save a fifth of the time, and tests that wait for
        # something to happen at once then fail now and then (measured).
        yield tests("service", options=BESIDE_OTHERS, measured=True)
        yield tests("supervisor", "sandbox", "corpus", options=BESIDE_OTHERS)
        yield tests("service", "sandbox", "corpus", options=("-m", "alone"), jobs=0)
    if what == "rest":
        yield tests("ops", "stress")


class Beside:
    """A step that runs beside others; its output comes at its end."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self._started = time.monotonic()
        command = ["nice", "-n", "19", PYTHON, "-m", *step.command]
        pipe = subprocess.PIPE  # more than it holds waits there
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=subprocess.STDOUT, text=True)

    def end(self) -> tuple[bool, float]:
        """Wait for it and print its output. Return whether it succeeded, and how many seconds it took until now."""
        output, _ = self._process.communicate()
        print(f"--- {self.step.name}\n{output}", end="", flush=True)
        return self._process.returncode == 0, time.monotonic() - self._started


def run(step: Step, *, measures: bool) -> bool:
    """Return whether it succeeded, or found no test to run."""
    command, env = [PYTHON, "-m", *step.command], dict(os.environ)
    if step.measured and measures:
        command[2:2] = ["coverage", "run", "-m"]
        env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT / "tests" / "measured"), env.get("PYTHONPATH"))))
    return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode in (0, 5)  # 5: pytest has selected none


def main(what: str, *arguments: str) -> int:
    """Run all steps and say how long each took."""
    jobs = int(os.environ.get("JOBS", "2"))
    measures = what == "test" and any(os.environ.get(name) for name in ("CI", "COVERAGE"))
    if measures:
        subprocess.run([PYTHON, "-m", "coverage", "erase"], cwd=ROOT, check=True)
    failed, taken, beside = [], [], list[Beside]()
    for step in steps(what, jobs, arguments):
        if step.beside:
            beside.append(Beside(step))
            continue
        print(f"--- {step.name}", flush=True)
        started = time.monotonic()
        if not run(step, measures=measures):
            failed.append(step.name)
        taken.append(f"{step.name} {time.monotonic() - started:.0f} s")
        for other in beside:
            succeeded, taken_s = other.end()
            if not succeeded:
                failed.append(other.step.name)
            taken.append(f"{other.step.name} beside, {taken_s:.0f} s")
        beside.clear()
    if measures:
        subprocess.run([PYTHON, "-m", "coverage", "combine", "--quiet"], cwd=ROOT, check=False)
        # Of a part of the tests it says nothing.
        if subprocess.run([PYTHON, "-m", "coverage", "report"], cwd=ROOT, check=False).returncode and not arguments:
            failed.append("coverage")
    print(f"--- {'; '.join(taken)}")
    if failed:
        print(f"--- failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
