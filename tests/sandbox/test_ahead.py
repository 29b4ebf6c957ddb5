"""Programs of `python-data` are forked from an interpreter that has imported numpy and others: only the time differs.

Each claim compares a sandbox that keeps such an interpreter with one that starts each program.
"""

import statistics
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import pytest

from tests.harness.tested import named
from tests.sandbox.test_warm import Started, seen
from tests.sandbox.warm_programs import ALL
from zuko.engine.engine import Engine
from zuko.languages.table import LANGUAGES
from zuko.settings import Settings
from zuko.types import Limits, Outcome, Run, RunResult, SourceFile

DATA: Final = LANGUAGES["python-data"]
SPEC: Final = Settings(cell_max_submissions=1000).sandbox(DATA)
MIB: Final = 1 << 20
# docs/reference/sandbox.md, "Modules that are imported ahead", has the reasons.
DIFFERENT: Final = {
    *("ends: a null pointer with faulthandler", "work: a fatal error"),  # lists the extension modules
    *("last: one of them alone", "last: modules that need each other"),  # in another order
    *("last: a collection before the end", "start: collector"),  # counts of the collector
    *("modules: importing the whole library", "start: module attributes", "start: sys"),  # names of modules, the finder
    "start: warnings, locale, time zone",  # filters that numpy adds
    *("start: /proc", "start: limits that it sets itself", "start: memory of the interpreter"),  # its size
}


@dataclass(frozen=True, slots=True)
class Both:
    warm: Started
    cold: Started
    pool: ThreadPoolExecutor

    def run(self, run: Run) -> tuple[RunResult, RunResult]:
        warm, cold = self.pool.map(lambda each: each.run(run), (self.warm, self.cold))
        return warm, cold


@pytest.fixture(scope="module", params=named("python-data"), ids=lambda language: language.name)
def both(engine: Engine) -> Iterator[Both]:
    with ThreadPoolExecutor(2) as pool:
        both = Both(Started(engine, SPEC, 0), Started(engine, replace(SPEC, warm=None), 1), pool)
        yield both
        both.warm.sandbox.close()
        both.cold.sandbox.close()


def run_of(code: str, **files: str) -> Run:
    sources = {"main.py": code, **{name.replace("_", "."): text for name, text in files.items()}}
    return Run(
        argv=DATA.run_argv,
        limits=Limits(20_000),
        files=tuple(SourceFile(name, text.encode()) for name, text in sources.items()),
        env=DATA.env,
        flush_signal=DATA.flush_signal,
    )


def printed(result: RunResult) -> str:
    assert (result.outcome, result.exit_code, result.stderr) == (Outcome.EXITED, 0, b""), result
    return result.stdout.decode()


def test_programs_do_the_same(both: Both) -> None:
    different = set()
    for program in ALL:
        run = replace(program.run, env=DATA.env)
        for _ in range(5 if program.depends_on_timing else 2):
            warm, cold = map(seen, both.run(run))
            if warm == cold:
                break
        else:
            different.add(program.name)
    assert different <= DIFFERENT


def test_what_is_random(both: Both) -> None:
    """Generators that an import seeds are seeded again in each program, and a seed of the program's counts."""
    code = """
import logging, os, random, sys, threading, time
import numpy as np, pandas as pd
print(np.random.rand(), np.random.RandomState().rand(), np.random.default_rng().random(), random.random())
print(pd.Series(range(10**6)).sample().iloc[0])
np.random.seed(7)
random.seed(7)
print(np.random.rand(), random.random())
print(abs(logging._startTime - time.time()) < 5, threading.main_thread().native_id == threading.get_native_id())
sys.stdout.flush()
if os.fork() == 0:
    print(np.random.rand())
else:
    os.wait()
    print(np.random.rand())
"""
    first, second = ([printed(each).splitlines() for each in both.run(run_of(code))] for _ in range(2))
    drawn = [(lines[0] + " " + lines[1]).split() for lines in (*first, *second)]
    assert all(len(set(values)) == 4 for values in zip(*drawn, strict=True)), drawn
    seeded = [lines[2:] for lines in (*first, *second)]
    assert seeded == [seeded[0]] * 4
    assert seeded[0][1] == "True True"


@pytest.mark.parametrize(
    ("code", "files"),
    [
        ("import random; print(random.mine)", {"random_py": "mine = 7"}),
        ("import numpy; print(numpy.mine)", {"numpy_py": "mine = 7"}),
        ("import json, re, typing; print(json.mine, re.__name__)", {"json_py": "mine = 7"}),
        ("import matplotlib; print(matplotlib.rcParams['lines.linewidth'])", {"matplotlibrc": "lines.linewidth: 7"}),
        ("import sys; sys.path.insert(0, 'lib'); import queue; print(queue.mine)", {"lib/queue_py": "mine = 7"}),
    ],
)
def test_files_of_the_program_come_first(both: Both, code: str, files: dict[str, str]) -> None:
    warm, cold = map(printed, both.run(run_of(code, **files)))
    assert warm == cold
    assert warm.startswith("7")


def test_a_library_is_not_disturbed_by_a_file_of_the_program(both: Both) -> None:
    """It has imported the module of that name already; one that is started would fail."""
    run = run_of("import random, numpy; print(random.mine, numpy.arange(3).sum())", random_py="mine = 7")
    assert printed(both.warm.run(run)) == "7 3\n"


def test_what_is_imported(both: Both) -> None:
    """Modules are what an import makes of them; none is there before its import."""
    code = """
import sys
before = sorted(sys.modules)
import pandas, numpy.linalg, json.decoder, pickle, inspect, importlib.util
for module in (pandas, numpy.linalg, json.decoder, sys.modules["pandas.core.frame"]):
    spec = module.__spec__
    print(module.__name__, spec.name, spec.origin, spec.cached, type(spec.loader).__name__, module.__file__)
frame = pandas.DataFrame({"a": [1, 2]})
print(pickle.loads(pickle.dumps(frame)).equals(frame), inspect.getsource(json.decoder)[:20])
print(importlib.util.find_spec("numpy").origin, importlib.util.find_spec("nothing"), len(before), before)
"""
    warm, cold = map(printed, both.run(run_of(code)))
    assert warm == cold


@pytest.mark.parametrize("limit_mib", [64, 512])
def test_memory_limit_is_the_programs(both: Both, limit_mib: int) -> None:
    """The interpreter's memory is not taken from it, and the sandbox outlives a program that needs more."""
    sandbox = both.warm.sandbox
    sandbox.limit_memory(limit_mib * MIB)
    try:
        fits, exceeds = (
            f"x = bytearray(b'x') * ({part} << 20); print(len(x) >> 20)" for part in (limit_mib - 16, 2 * limit_mib)
        )
        assert printed(both.warm.run(run_of(fits))) == f"{limit_mib - 16}\n"
        result = both.warm.run(run_of(exceeds))
        assert (result.outcome, result.reusable) == (Outcome.MEMORY, True), result
        assert printed(both.warm.run(run_of("import numpy; print(7)"))) == "7\n"
    finally:
        sandbox.limit_memory(SPEC.memory_bytes)


@pytest.mark.alone
@pytest.mark.parametrize("module", ["numpy", "pandas", "matplotlib.pyplot"])
def test_an_import_takes_a_fraction(both: Both, module: str) -> None:
    """Of a program that is started: all of it, with the import and the end."""
    pairs = [both.run(run_of(f"import {module}")) for _ in range(5)]
    warm, cold = ([each.usage.cpu_time_ns or 0 for each in results] for results in zip(*pairs, strict=True))
    assert statistics.median(warm) <= (0.4 if module == "numpy" else 0.1) * statistics.median(cold)
