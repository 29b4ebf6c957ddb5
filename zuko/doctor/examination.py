"""The examination: every part of a deployment in turn."""

import re
from collections.abc import Iterator, Mapping

from zuko.doctor.finding import Finding, Level
from zuko.doctor.host import look_at_host
from zuko.doctor.images import look_at_images
from zuko.doctor.programs import run_languages
from zuko.errors import StoreError
from zuko.execution.blocking import BlockingExecutor
from zuko.settings import Settings
from zuko.submissions.make import make_store
from zuko.submissions.opening import NONE


def examine(
    executor: BlockingExecutor, settings: Settings, environment: Mapping[str, str], pattern: re.Pattern[str]
) -> Iterator[Finding]:
    """Look at everything; without an engine, at what needs none.

    Args:
        executor: open.
        settings: of the service.
        environment: that they come from.
        pattern: of the names of languages that are run.
    """
    yield from look_at_settings(settings, environment)
    has_failed = False
    for finding in look_at_host(executor.executor):
        has_failed |= finding.check == "engine" and finding.level is Level.FAILURE
        yield finding
    if not has_failed:
        yield from look_at_images(settings)
        yield from run_languages(executor, pattern)
    yield look_at_store(settings)


def look_at_settings(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Look for variables that are ignored, and report the limits in force."""
    unknown = Settings.unknown(environment)
    if unknown:
        advice = "correct or unset them; docs/reference/settings.md has all settings"
        yield Finding("settings", Level.WARNING, f"unknown, so ignored: {', '.join(unknown)}", advice)
    else:
        count = len(settings.model_fields_set)
        yield Finding("settings", Level.OK, f"{count} set, all known" if count else "all have their defaults")
    runs = "one for each core" if settings.concurrency is None else str(settings.concurrency)
    found = (
        f"{settings.timeout_default_s} s of wall time, at most {settings.timeout_max_s} s;"
        f" {settings.memory_limit_mib} MiB, at most {settings.memory_limit_max_mib} MiB;"
        f" {settings.pids_limit} processes; {settings.output_limit_bytes >> 10} KiB of each output;"
        f" runs at a time: {runs}; {settings.queue_size} may wait, {settings.queue_timeout_s:g} s"
    )
    yield Finding("limits", Level.OK, found)


def look_at_store(settings: Settings) -> Finding:
    """Look whether the store of submissions answers."""
    if settings.store == NONE:
        return Finding("store", Level.NOTE, "ZUKO_STORE is none: submissions are not stored")
    try:
        store = make_store(settings.store)
        store.open()
    except StoreError as error:
        return Finding("store", Level.FAILURE, str(error), "`zuko store status` tries it again; fix ZUKO_STORE")
    try:
        depth, workers = store.depth(), store.workers()
    except StoreError as error:
        return Finding("store", Level.FAILURE, str(error), "`zuko store status` tries it again")
    finally:
        store.close()
    found = f"{depth.queued} queued, {depth.running} running; {len(workers)} workers"
    if depth.queued and not workers:
        return Finding("store", Level.WARNING, found, "start a service or `zuko worker` for what is queued")
    return Finding("store", Level.OK, found)
