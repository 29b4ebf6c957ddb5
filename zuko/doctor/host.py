"""Findings about the Docker host, without running anything."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from zuko.doctor.finding import Finding, Level
from zuko.engine.limits import refusal
from zuko.engine.report import EngineReport
from zuko.errors import ZukoError
from zuko.execution.executor import Executor

FREE_MIB: Final = 2000  # an image of a language may take 1 GiB
SKEW_S: Final = 5.0  # of two clocks, before a lease or a certificate suffers


def look_at_host(executor: Executor) -> Iterator[Finding]:
    """Look at the engine, its cores, cgroups, AppArmor, clock and disk; after a failure of the engine, stop."""
    asked_at = time.time()
    try:
        report = executor.host.report()
    except ZukoError as error:
        yield Finding("engine", Level.FAILURE, str(error), "start the Docker engine, or fix DOCKER_HOST")
        return
    answered_at = time.time()
    yield Finding("engine", Level.OK, f"Docker {report.version}, {report.cores} cores, on {report.system}")
    if report.missing_limits:
        advice = "docs/how-to/other-engines.md says what an engine needs"
        yield Finding("cgroups", Level.FAILURE, refusal(report.missing_limits), advice)
        return
    yield _cores(executor)
    yield Finding("cgroups", Level.OK, f"version {report.cgroup_version}, driver {report.cgroup_driver}")
    yield _apparmor(report)
    yield _clock(report, (asked_at + answered_at) / 2)
    yield _disk(report)


def _cores(executor: Executor) -> Finding:
    try:
        crowding = executor.host.crowding(is_new=True)
    except ZukoError as error:
        return Finding("cores", Level.FAILURE, str(error))
    if crowding is None:
        return Finding("cores", Level.OK, "no other service has more of them than this one leaves")
    found, _, advice = crowding.rpartition(": ")
    return Finding("cores", Level.NOTE, found, f"if that is not the service that you ask about, {advice}")


def _apparmor(report: EngineReport) -> Finding:
    if not report.has_apparmor:
        return Finding("AppArmor", Level.NOTE, "the Docker host has none: seccomp, Landlock and namespaces confine")
    return Finding("AppArmor", Level.OK, "in force on the Docker host")


def _clock(report: EngineReport, now: float) -> Finding:
    if report.time is None:
        return Finding("clock", Level.NOTE, "the engine does not say what time it is")
    skew_s = report.time - now
    if abs(skew_s) <= SKEW_S:
        return Finding("clock", Level.OK, f"that of the Docker host is within {SKEW_S:g} s of ours")
    found = f"that of the Docker host is {abs(skew_s):.0f} s {'ahead of' if skew_s > 0 else 'behind'} ours"
    return Finding("clock", Level.WARNING, found, "synchronise both clocks (systemd-timesyncd, chrony)")


def _disk(report: EngineReport) -> Finding:
    directory = Path(report.directory)
    if not directory.is_dir():
        return Finding("disk", Level.NOTE, "the engine's directory is on another machine: not looked at")
    free_mib = shutil.disk_usage(directory).free >> 20
    found = f"{free_mib} MiB are free where the engine keeps images"
    if free_mib >= FREE_MIB:
        return Finding("disk", Level.OK, found)
    return Finding("disk", Level.WARNING, found, "remove unused images with `docker image prune`, or add disk")
