"""`zuko serve`: the HTTP API on an address of this machine."""

import errno
import ipaddress
import logging
import signal
import socket
from pathlib import Path
from typing import Final

import click

import zuko
from zuko.cli.failures import USAGE
from zuko.cli.images import build_images
from zuko.cli.loading import loading
from zuko.languages.table import LANGUAGES
from zuko.settings import Settings

HOST: Final = "127.0.0.1"
PORT: Final = 8000
NOT_BUILT: Final = 1
NOT_STARTED: Final = 3  # as uvicorn has it

_APP: Final = "zuko.api.asgi:make_open_app"
_EPILOG: Final = f"""\
Exit code: {NOT_BUILT}: an image could not be built; {USAGE}: an option or a setting is wrong, or the port is in use;
{NOT_STARTED}: the service did not start, and the log says why. It ends by the signal that it was sent.
"""


class AddressError(click.ClickException):
    """The service cannot listen on this address."""

    exit_code = USAGE

    def show(self, file: object = None) -> None:
        """Print one line: the usage of the command does not help here."""
        click.echo(f"zuko: {self.message}", err=True)


@click.command("serve", epilog=_EPILOG)
@click.option("--host", default=HOST, show_default=True, metavar="ADDRESS", help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    metavar="PORT",
    help="Port to listen on; 0: any that is free.",
)
@click.option("--build", is_flag=True, help="Build missing or outdated images of ZUKO_READY_LANGUAGES first.")
@click.option("--reload", is_flag=True, help="Restart when a source file of Zuko changes.")
def command(host: str, port: int, *, build: bool, reload: bool) -> int:
    """Serve the HTTP API until SIGINT or SIGTERM; running programs may finish first."""
    check_address(host, port)
    settings = Settings.read()
    if build and not build_images(settings, [LANGUAGES[name] for name in settings.ready_languages]):
        return NOT_BUILT
    logging.getLogger().handlers.clear()  # those of a command: a service's log has times
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    with loading():  # here: no command that is mistaken waits for it
        import uvicorn  # noqa: PLC0415
        from uvicorn.importer import import_from_string  # noqa: PLC0415

        if not reload:
            import_from_string(_APP)  # uvicorn does it again, at no cost
    directory = str(Path(zuko.__file__).parent)
    uvicorn.run(
        _APP,
        factory=True,
        host=host,
        port=port,
        ws="none",
        timeout_keep_alive=settings.keep_alive_s,
        reload=reload,
        reload_dirs=[directory] if reload else None,
    )
    return 0


def check_address(host: str, port: int) -> None:
    """Look at each address of a host's name before the server does, and warn if other machines reach one.

    Another process may take the port between this look and the server's own; then the server reports it.

    Raises:
        AddressError: it is not an address of this machine, or its port is in use.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise AddressError(f"{host!r} is not an address to listen on: {error.strerror}") from error
    refusals = []
    for family, _, _, _, address in found:
        try:
            with socket.socket(family) as probe:
                # As the server does it: what a former server has left in TIME_WAIT does not matter.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise AddressError(
                    f"port {port} is in use: choose another with --port N (make serve PORT=N)"
                ) from error
            refusals.append(error)
    if len(refusals) == len(found):  # one of two may fail: ::1 of localhost, where IPv6 is switched off
        raise AddressError(f"cannot listen on {host}, port {port}: {refusals[0].strerror}") from refusals[0]
    if not all(ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback for *_, address in found):
        click.echo(
            f"warning: other machines reach {host}, and everyone who reaches it can run programs here: "
            "there is no authentication",
            err=True,
        )
