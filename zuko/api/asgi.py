"""The app as a server runs it: settings from the environment, and a log. For `main.py` and `zuko serve`."""

import logging
import os
import sys

from fastapi import FastAPI

from zuko.api.app import create_app
from zuko.execution.executor import Executor
from zuko.settings import LogFormat, Settings
from zuko.telemetry.audit import Audit
from zuko.telemetry.log import set_up_log, take_over_access_log
from zuko.telemetry.tracing import begin_tracing


def make_app() -> FastAPI:
    """Set up the log, warn of variables that are not settings, and make the app. Wrong settings end the process."""
    return _make(opens=False)


def make_open_app() -> FastAPI:
    """Make the app, and meanwhile start its first sandboxes: for a process that does nothing but serve it."""
    return _make(opens=True)


def _make(*, opens: bool) -> FastAPI:
    settings = Settings.read()
    logs_requests = _set_up_log(settings)
    audit = _open_audit(settings)
    begin_tracing(os.environ, "zuko")
    figures = None
    if settings.metrics:
        from zuko.telemetry.prometheus import Figures  # noqa: PLC0415 - where they are not wanted, it is not loaded

        figures = Figures()
    executor = Executor(settings, observer=figures)
    if opens:
        executor.open()
    return create_app(settings, executor, figures=figures, logs_requests=logs_requests, audit=audit)


def _open_audit(settings: Settings) -> Audit | None:
    """Open the audit log; end the process if that cannot be: a service is not to run without the one that is wanted."""
    try:
        return None if settings.audit_log is None else Audit(settings.audit_log)
    except OSError as error:
        sys.stderr.write(f"zuko: ZUKO_AUDIT_LOG: the file cannot be written: {error.strerror}\n")
        raise SystemExit(2) from None


def _set_up_log(settings: Settings) -> bool:
    """Set up the log; return whether requests are logged."""
    set_up_log(as_json=settings.log_format is LogFormat.JSON)
    for name in Settings.unknown(os.environ):
        logging.getLogger("zuko").warning("%s: unknown setting, ignored", name)
    return take_over_access_log()
