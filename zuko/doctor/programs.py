"""Findings by running programs: one in each language whose image is there."""

import re
from collections.abc import Iterator
from typing import Final

from zuko.doctor.finding import Finding, Level
from zuko.errors import NoCapacityError, ZukoError
from zuko.execution.admission import admit
from zuko.execution.blocking import BlockingExecutor
from zuko.languages.examples import example_of
from zuko.languages.table import LANGUAGES, Language
from zuko.types import CpuSource, Isolation, Reason, SourceFile, Status

_BUSY: Final = "try again while the machine has nothing else to do; if it is too slow, raise ZUKO_TIMEOUT_DEFAULT_S"


def run_languages(executor: BlockingExecutor, pattern: re.Pattern[str]) -> Iterator[Finding]:
    """Run a hello in each language with an image and a name that matches, then look at what its sandboxes have."""
    try:
        present = executor.executor.host.languages_present()
    except ZukoError as error:
        yield Finding("programs", Level.FAILURE, str(error))
        return
    for language in LANGUAGES.values():
        if language.name in present and pattern.search(language.name):
            yield _run(executor, language)
    yield from _sandboxes(executor, present)


def _run(executor: BlockingExecutor, language: Language) -> Finding:
    check = f"run {language.name}"
    source = SourceFile(language.source_name, example_of(language).encode())
    try:
        execution = executor.execute(admit(executor.settings, language, (source,), b"Zuko\n"))
    except NoCapacityError as error:
        return Finding(check, Level.WARNING, str(error), _BUSY)
    except ZukoError as error:
        return Finding(check, Level.FAILURE, str(error))
    if execution.reason is Reason.WALL_TIME_LIMIT:
        return Finding(check, Level.WARNING, f"{execution.status}: {execution.message}", _BUSY)
    if execution.status is not Status.OK or execution.stdout != "Hello, Zuko!\n":
        why = execution.message or f"it printed {execution.stdout[:80]!r}"
        advice = f"build its image again with `zuko images build --force {language.name}`"
        return Finding(check, Level.FAILURE, f"{execution.status}: {why}", advice)
    usage = execution.usage
    cpu_time_ns = None if usage is None else usage.cpu_time_ns
    peak_bytes = None if usage is None else usage.peak_rss_bytes
    if cpu_time_ns is None or peak_bytes is None:
        return Finding(check, Level.WARNING, "it runs, and its CPU time or memory is not measured")
    return Finding(check, Level.OK, f"{cpu_time_ns / 1e6:.1f} ms of CPU time, {peak_bytes / (1 << 20):.1f} MiB")


def _sandboxes(executor: BlockingExecutor, present: frozenset[str]) -> Iterator[Finding]:
    hellos = (executor.executor.hello(LANGUAGES[name]) for name in sorted(present))
    hello = next((each for each in hellos if each is not None), None)
    if hello is None:
        yield Finding("isolation", Level.FAILURE, "no sandbox has started")
        return
    advice = executor.executor.host.isolation_hint() or ""
    if hello.isolation is Isolation.NAMESPACES:
        yield Finding("isolation", Level.OK, "each run has kernel namespaces of its own")
    else:
        level = Level.WARNING if advice else Level.NOTE
        yield Finding("isolation", level, "each submission has a container of its own", advice)
    source = hello.cpu_source
    if source is CpuSource.RUSAGE:
        found = "from each process that was waited for, as a sandbox sees no cgroup"
        yield Finding("CPU time", Level.WARNING, found, "let the engine mount the cgroup in containers")
    else:
        yield Finding("CPU time", Level.OK, f"from the cgroup, version {source.cgroup_version}")
    if hello.counts_oom_kills:
        yield Finding("memory limit", Level.OK, "kills for memory are counted, so `memory_limit` is always known")
    else:
        found = "kills for memory are not counted: some are reported as a signal"
        yield Finding("memory limit", Level.WARNING, found, "use a kernel with cgroup version 2")
