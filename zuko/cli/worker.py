"""`zuko worker`: does stored submissions beside a Docker host, for services that are elsewhere."""

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import click

from zuko.cli.failures import UNAVAILABLE, USAGE
from zuko.cli.images import build_images
from zuko.cli.loading import loading
from zuko.errors import EngineError, HostSettingError, NoCapacityError, StoreError
from zuko.languages.table import LANGUAGES
from zuko.settings import LogFormat, Settings
from zuko.telemetry.log import set_up_log
from zuko.telemetry.tracing import begin_tracing, end_tracing

if TYPE_CHECKING:
    from zuko.execution.executor import Executor
    from zuko.submissions.model import Depth
    from zuko.submissions.opening import StoreAccess
    from zuko.submissions.station import Station
    from zuko.telemetry.prometheus import Figures

NOT_BUILT: Final = 1
CROWDED_S: Final = 3.0  # that sandboxes of a worker that was killed may take to end
_STOPPING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_EPILOG: Final = f"""\
Exit code: 0 after SIGTERM, SIGINT or SIGHUP: what ran has finished, or was given back after ZUKO_DRAIN_TIMEOUT_S or at
a second signal; {NOT_BUILT}: an image could not be built; {USAGE}: a setting is wrong; {UNAVAILABLE}: the Docker host
does not answer, or others use its cores.
"""

log = logging.getLogger("zuko.worker")


@click.command("worker", epilog=_EPILOG)
@click.option("--build", is_flag=True, help="Build missing or outdated images of ZUKO_READY_LANGUAGES first.")
def command(*, build: bool) -> int:
    """Do the submissions of ZUKO_STORE on the Docker host, until SIGTERM; what runs may finish first."""
    settings = Settings.read()
    if settings.store == "none":
        raise click.UsageError("ZUKO_STORE is none: a worker needs a store")
    if settings.worker_slots == 0:
        raise click.UsageError("ZUKO_WORKER_SLOTS is 0: this worker would do nothing")
    if build and not build_images(settings, [LANGUAGES[name] for name in settings.ready_languages]):
        return NOT_BUILT
    logging.getLogger().handlers.clear()  # those of a command: a worker's log has times
    set_up_log(as_json=settings.log_format is LogFormat.JSON)
    for name in Settings.unknown(os.environ):
        log.warning("%s: unknown setting, ignored", name)
    begin_tracing(os.environ, "zuko-worker")
    with loading():  # here: no command that is mistaken waits for it
        from zuko.execution.executor import Executor  # noqa: PLC0415
    figures = None
    if settings.worker_metrics_port is not None:
        from zuko.telemetry.prometheus import Figures  # noqa: PLC0415 - where they are not wanted, it is not loaded

        figures = Figures()
    try:
        asyncio.run(_work(Executor(settings, observer=figures), figures))
    finally:
        end_tracing()
    return 0


async def _work(executor: "Executor", figures: "Figures | None" = None) -> None:
    from zuko.submissions.opening import StoreAccess  # noqa: PLC0415
    from zuko.submissions.station import Station  # noqa: PLC0415

    settings = executor.settings
    stores = StoreAccess.of(settings)
    station = Station(executor, stores, refusal=executor.host.crowding)
    stopping, cutting = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if stopping.is_set():
            cutting.set()
        else:
            log.info("finishing %d submissions, at most %g s", station.running, settings.drain_timeout_s)
            stopping.set()
            station.drain()

    for number in _STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, stop)
    with contextlib.ExitStack() as stack:
        if figures is not None:
            stack.enter_context(_exposed(figures, executor, station, stores))
        await _work_until(stopping, cutting, executor, station, stores)


async def _work_until(
    stopping: asyncio.Event, cutting: asyncio.Event, executor: "Executor", station: "Station", stores: "StoreAccess"
) -> None:
    """Work until one event, and then at most until the other."""
    settings = executor.settings
    try:
        await _check_alone(executor, stopping)
        executor.open()
        working = asyncio.create_task(station.run())
        await stopping.wait()
        cut = asyncio.create_task(cutting.wait())
        await asyncio.wait({working, cut}, timeout=settings.drain_timeout_s, return_when=asyncio.FIRST_COMPLETED)
        cut.cancel()
        # What is held is given back, unless the store is away for longer: then it is done again, after its lease.
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
    finally:
        await asyncio.to_thread(executor.close, 0)
        await asyncio.to_thread(stores.close)


@contextlib.contextmanager
def _exposed(figures: "Figures", executor: "Executor", station: "Station", stores: "StoreAccess") -> Iterator[None]:
    """Serve the figures for as long as the block lasts.

    Raises:
        click.UsageError: there is no listening on that port.
    """
    from zuko.submissions.depths import Depths  # noqa: PLC0415
    from zuko.submissions.samples import DEPTH_S, samples_of  # noqa: PLC0415
    from zuko.telemetry.exposition import Exposition  # noqa: PLC0415

    settings, depths = executor.settings, Depths()
    counting = ThreadPoolExecutor(1, "zuko-depth")  # one: while a database hangs, scrapes do not fill its connections

    def depth() -> "Depth | None":
        if (store := stores.current) is None:
            return None
        asked = counting.submit(depths.of, store, None)
        try:
            return asked.result(DEPTH_S)
        except (StoreError, TimeoutError):
            asked.cancel()
            return None

    host, port = settings.worker_metrics_host, settings.worker_metrics_port or 0
    try:
        served = Exposition(host, port, lambda: figures.render(samples_of(executor, station, stores, depth())))
    except OSError as error:
        raise click.UsageError(
            f"ZUKO_WORKER_METRICS_PORT: cannot listen on {host}, port {port}: {error.strerror}"
        ) from error
    try:
        with served:
            yield
    finally:
        counting.shutdown(wait=False, cancel_futures=True)


async def _check_alone(executor: "Executor", stopping: asyncio.Event) -> None:
    """Wait a moment for the sandboxes of a worker that was killed to end.

    Raises:
        NoCapacityError: others use the cores of the Docker host.
        HostSettingError: its settings are wrong. While it does not answer, the worker waits for it.
    """
    deadline = time.monotonic() + CROWDED_S
    while not stopping.is_set():
        try:
            crowding = await asyncio.to_thread(executor.host.crowding, is_new=True)
        except HostSettingError:
            raise
        except EngineError as error:
            log.warning("waiting for the Docker host: %s", error)
            return
        if crowding is None:
            return
        if time.monotonic() > deadline:
            raise NoCapacityError(crowding)
        await asyncio.sleep(0.2)
