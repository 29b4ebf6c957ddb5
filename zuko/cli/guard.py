"""`zuko guard`: a socket in front of the Docker engine's, through which only Zuko's own calls pass."""

import asyncio
import contextlib
import logging
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from zuko.cli.failures import USAGE
from zuko.cli.loading import loading
from zuko.settings import LogFormat, Settings
from zuko.telemetry.log import set_up_log

if TYPE_CHECKING:
    from zuko.guard.proxy import Guard

ENGINE: Final = "/var/run/docker.sock"
MODE: Final = "660"
_STOPPING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_EPILOG: Final = f"""\
Exit code: 0 after SIGTERM, SIGINT or SIGHUP; {USAGE}: an option or a setting is wrong, or another process listens at
the socket.
"""

log = logging.getLogger("zuko.guard")


def _octal(_: click.Context, __: click.Parameter, text: str) -> int:
    with contextlib.suppress(ValueError):
        mode = int(text, 8)
        if 0 <= mode <= 0o777:
            return mode
    raise click.BadParameter("is not the mode of a file, such as 660")


@click.command("guard", epilog=_EPILOG)
@click.argument("path", metavar="SOCKET", type=click.Path(path_type=Path))
@click.option("--engine", default=ENGINE, show_default=True, metavar="PATH", help="Socket of the Docker engine.")
@click.option(
    "--mode", default=MODE, show_default=True, metavar="MODE", callback=_octal, help="Permissions of SOCKET, octal."
)
def command(path: Path, engine: str, mode: int) -> int:
    """Listen at SOCKET, and let through to the Docker engine what Zuko calls, and nothing else.

    Anyone who has the engine's own socket is root on its host. Start `zuko serve` and `zuko worker` with
    DOCKER_HOST=unix://SOCKET, and give the engine's socket to this process alone. Sandboxes end with it.
    """
    settings = Settings.read()
    logging.getLogger().handlers.clear()  # those of a command: a service's log has times
    set_up_log(as_json=settings.log_format is LogFormat.JSON)
    with loading():  # here: no command that is mistaken waits for it
        from zuko.guard.proxy import Guard  # noqa: PLC0415
        from zuko.guard.rules import Rules  # noqa: PLC0415
    asyncio.run(_guard(Guard(Rules(settings.image_prefix or "", settings.runtime), engine), path, mode))
    return 0


async def _guard(guard: "Guard", path: Path, mode: int) -> None:
    from zuko.guard.proxy import listening  # noqa: PLC0415

    stopping = asyncio.Event()
    for number in _STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with listening(guard, path, mode):
        log.info("guarding %s", path)
        await stopping.wait()
