"""Runs tests by tier, as `make check`, `make test`, `make test-rest` and
`make test-languages` do: `python -m tests check|test|rest|languages [ARGS]`.

    check       lint, types, unit, supervisor                  no Docker
    test        that, service, sandbox, corpus                 the engine, the service and the commands
    rest        service/others, ops, stress, and coverage      others' clients, databases, AWS, a browser; set-up and
                                                               deployment; repeats, crowds, fuzz
    languages   what sandbox and corpus say of languages       those of TEST_LANGUAGES (harness/tested.py)

Each step is run whatever became of those before it, so that one failure does not hide another one's. mypy has one core
and nothing to wait for; tests wait now and then. So it runs beside them, in the time that they leave. So do the
compilation of zuko-init, and the builds of images that are missing: on a new machine they take some minutes, and the
first tests need none. Coverage is that of `zuko` by the unit and the service tests together, so it is printed after the
rest; it slows them down, so it is measured in CI (`CI=true`) and on request (`COVERAGE=1`). Tests that assert times, or
take something away from others, have a step of their own, one after the other and unmeasured.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tests import ROOT
from tests.harness.tested import TESTED

PYTHON: Final = sys.executable
IMAGES: Final = "images"
BESIDE_OTHERS: Final = ("-m", "not alone")
ALONE: Final = ("-m", "alone")
# A part of the service tests that `make test` would be twice as long with.
OTHERS: Final = "service/others"
WITHOUT_OTHERS: Final = (f"--ignore=tests/{OTHERS}",)
OF_LANGUAGES: Final = (
    *("sandbox/test_images.py", "corpus/test_languages.py", "corpus/test_verdicts.py"),
    "corpus/test_compile_attacks.py",
)
# A file's tests share fixtures, and files of equal names stand in several tiers.
_SPREAD: Final = ("--dist", "loadfile", "--no-loadscope-reorder", "--numprocesses")
# These tests need no engine and share little: some at a time, in processes for which one has collected.
_FORKED: Final = ("-p", "tests.harness.forked", "--forks")
# Each process of these has a user of its own for the programs, chosen at import: they collect themselves.
_STEAL: Final = ("--dist", "worksteal", "--numprocesses")
# These mostly wait, each for something of its own, for up to half a minute: one by one, in order, the longest first.
_WAIT: Final = ("--dist", "loadgroup", "--no-loadscope-reorder", "--numprocesses")
_SPREADS: Final[dict[tuple[str, ...], tuple[str, ...]]] = {
    ("unit",): _FORKED,
    ("supervisor",): _STEAL,
    ("stress",): _WAIT,
}


@dataclass(frozen=True, slots=True)
class Step:
    """A command, and what it is called in the summary."""

    name: str
    command: tuple[str, ...]
    measured: bool = False  # by coverage
    beside: bool = False  # the steps after it, up to one that needs images
    needs_images: bool = False


def lint() -> Iterator[Step]:
    """Everything that is found without running anything."""
    yield Step("ruff check", ("ruff", "check", "--quiet", "."))
    yield Step("ruff format", ("ruff", "format", "--check", "--quiet", "."))
    yield Step("mypy", ("mypy",), beside=True)


def steps(what: str, jobs: int, arguments: Sequence[str]) -> Iterator[Step]:
    """Return the steps of one of the runs."""

    def tests(*tiers: str, options: tuple[str, ...] = (), jobs: int = jobs, measured: bool = False) -> Step:
        paths = [f"tests/{tier}" for tier in tiers]
        spread = _SPREADS.get(tiers, _SPREAD)
        command = ("pytest", "-q", *paths, *spread, str(jobs), *options, *arguments)
        alone = " alone" if options[:2] == ALONE else ""
        return Step(", ".join(tiers) + alone, command, measured, needs_images=spread not in (_FORKED, _STEAL))

    # Half of the time of these tiers is waiting. Elsewhere twice as many processes as cores save a fifth of the time,
    # and tests that wait for something to happen at once then fail now and then (measured).
    more_jobs = 2 * jobs
    if what in {"check", "test"}:
        yield from lint()
        yield Step("zuko-init", ("tests.harness.supervisor",), beside=True)
    if what == "check":
        # One after the other: beside each other they take a sixth less, and one run in four fails by a time (measured).
        yield tests("unit", jobs=more_jobs)
        yield tests("supervisor", jobs=more_jobs)
    if what == "test":
        yield Step(IMAGES, ("zuko", "images", "build", *(language.name for language in TESTED)), beside=True)
        yield tests("unit", jobs=more_jobs, measured=True)
        yield tests("supervisor", jobs=more_jobs)
        yield tests("service", options=BESIDE_OTHERS + WITHOUT_OTHERS, measured=True)
        yield tests("sandbox", "corpus", options=BESIDE_OTHERS)
        yield tests("service", "sandbox", "corpus", options=ALONE + WITHOUT_OTHERS, jobs=0)
    if what == "languages":
        yield tests(*OF_LANGUAGES, options=BESIDE_OTHERS)
        yield tests(*OF_LANGUAGES, options=ALONE, jobs=0)
    if what == "rest":
        yield tests(OTHERS, options=BESIDE_OTHERS, measured=True)
        yield tests("ops", jobs=more_jobs)
        yield tests("stress", options=BESIDE_OTHERS, jobs=4 * jobs)
        yield tests(OTHERS, "stress", options=ALONE, jobs=0)


class Beside:
    """A step that runs beside others; its output comes at its end."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self._started = time.monotonic()
        self._output = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed at the end
        command = ["nice", "-n", "19", PYTHON, "-m", *step.command]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=self._output, stderr=subprocess.STDOUT)

    def end(self) -> tuple[bool, float]:
        """Wait for it and print its output. Return whether it succeeded, and how many seconds it took until now."""
        succeeded = _has_succeeded(self.step, self._process.wait())
        with self._output as output:
            output.seek(0)
            print(f"--- {self.step.name}\n{output.read()}", end="", flush=True)
        return succeeded, time.monotonic() - self._started


def run(step: Step, *, measures: bool) -> bool:
    """Return whether it succeeded, or found no test to run."""
    command, env = [PYTHON, "-m", *step.command], dict(os.environ)
    if step.measured and measures:
        command[2:2] = ["coverage", "run", "-m"]
        env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT / "tests" / "measured"), env.get("PYTHONPATH"))))
    return _has_succeeded(step, subprocess.run(command, cwd=ROOT, env=env, check=False).returncode)


def _has_succeeded(step: Step, code: int) -> bool:
    return code == 0 or (code == 5 and step.command[0] == "pytest")  # 5: it has selected none


def main(what: str, *arguments: str) -> int:
    """Run all steps and say how long each took."""
    jobs = int(os.environ.get("JOBS", "2"))
    measures = what in {"test", "rest"} and any(os.environ.get(name) for name in ("CI", "COVERAGE"))
    if measures and what == "test":
        subprocess.run([PYTHON, "-m", "coverage", "erase"], cwd=ROOT, check=True)
    failed, taken, beside = list[str](), list[str](), list[Beside]()

    def end_those_beside() -> None:
        for other in beside:
            succeeded, taken_s = other.end()
            if not succeeded:
                failed.append(other.step.name)
            taken.append(f"{other.step.name} beside, {taken_s:.0f} s")
        beside.clear()

    try:
        for step in steps(what, jobs, arguments):
            if step.beside:
                beside.append(Beside(step))
                continue
            if step.needs_images:
                end_those_beside()
                if IMAGES in failed:
                    failed.append(f"{step.name} (without images)")
                    continue
            print(f"--- {step.name}", flush=True)
            started = time.monotonic()
            if not run(step, measures=measures):
                failed.append(step.name)
            taken.append(f"{step.name} {time.monotonic() - started:.0f} s")
    finally:  # also at ^C, which they have got as well
        end_those_beside()
    if measures and what == "rest":
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
