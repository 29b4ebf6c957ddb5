"""The app as a server runs it: settings from the environment, and a log. For `main.py` and `zuko serve`."""

import logging
import os

from fastapi import FastAPI

from zuko.api.app import create_app
from zuko.execution.executor import Executor
from zuko.settings import Settings
from zuko.telemetry.log import RepeatFilter


def make_app() -> FastAPI:
    """Set up the log, warn of variables that are not settings, and make the app.

    A log that is set up already (`uvicorn --log-config`) is left as it is. Wrong settings end the process.
    """
    _set_up_log()
    return create_app(Settings.read())


def make_open_app() -> FastAPI:
    """Make the app, and meanwhile start its first sandboxes: for a process that does nothing but serve it."""
    _set_up_log()
    settings = Settings.read()
    executor = Executor(settings)
    executor.open()
    return create_app(settings, executor)


def _set_up_log() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in ("zuko.engine.host", "zuko.engine.tls"):
        logging.getLogger(name).addFilter(RepeatFilter())
    for name in Settings.unknown(os.environ):
        logging.getLogger("zuko").warning("%s: unknown setting, ignored", name)
