"""`zuko serve`: the HTTP API on an address of this machine."""

import errno
import ipaddress
import logging
import os
import signal
import socket
import time
from contextlib import closing
from pathlib import Path
from typing import Final

import click

import zuko
from zuko.cli.failures import USAGE
from zuko.cli.images import build_images
from zuko.cli.loading import loading
from zuko.errors import StoreError
from zuko.languages.table import LANGUAGES
from zuko.settings import Auth, Settings
from zuko.submissions.make import make_store
from zuko.submissions.opening import NONE

HOST: Final = "127.0.0.1"
PORT: Final = 8000
AUTH: Final = "ZUKO_AUTH"
HOSTS: Final = "ZUKO_HOSTS"
LOCALHOST: Final = "localhost"
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


def _is_loopback(_: click.Context, __: click.Parameter, address: str | None) -> bool | None:
    if address is None or address == LOCALHOST:
        return None if address is None else True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError as error:
        raise click.BadParameter(f"{address!r} is not an address") from error


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
@click.option(
    "--published",
    "is_published_here",
    metavar="ADDRESS",
    callback=_is_loopback,
    help="Address of the machine at which the port of our container is published: it decides about keys.",
)
@click.option("--build", is_flag=True, help="Build missing or outdated images of ZUKO_READY_LANGUAGES first.")
@click.option("--reload", is_flag=True, help="Restart when a source file of Zuko changes.")
def command(host: str, port: int, is_published_here: bool | None, *, build: bool, reload: bool) -> int:
    """Serve the HTTP API until SIGINT or SIGTERM; running programs may finish first.

    On an address that other machines reach, each request needs an API key (`zuko keys`), unless ZUKO_AUTH=proxy says
    that whatever stands in front authenticates.
    """
    reaches_others = check_address(host, port)
    settings = Settings.read()
    if is_published_here is not None:
        reaches_others = not is_published_here
        if is_published_here and not settings.hosts:  # as at a loopback address: it does not look like one from here
            os.environ[HOSTS] = LOCALHOST
    if reaches_others and settings.auth is None:
        check_keys(settings, host)
        os.environ[AUTH] = Auth.KEYS  # for the app, which reads the settings again
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
        ws="auto" if "piston" in settings.facades else "none",  # nothing else has a WebSocket
        ws_max_size=settings.piston_body_limit_bytes,
        timeout_keep_alive=settings.keep_alive_s,
        reload=reload,
        reload_dirs=[directory] if reload else None,
    )
    return 0


def check_keys(settings: Settings, host: str) -> None:
    """Look whether there is a key, before other machines can send requests.

    Raises:
        AddressError: there is none, or the store does not answer.
    """
    hint = f"make a key with `zuko keys create NAME`, or set {AUTH}=proxy if whatever stands in front authenticates"
    if settings.store == NONE:
        raise AddressError(f"other machines reach {host}, and ZUKO_STORE=none keeps no keys: {hint}")
    try:
        store = make_store(settings.store)
        store.open()
        with closing(store):
            now = time.time()
            if any(not key.refusal(now) for key in store.list_keys()):
                return
    except StoreError as error:
        raise AddressError(f"other machines reach {host}, and the keys cannot be read: {error}") from error
    raise AddressError(f"other machines reach {host}, and no key exists: {hint}")


def check_address(host: str, port: int) -> bool:
    """Look at each address of a host's name before the server does; return whether other machines reach one.

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
    return not all(ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback for *_, address in found)
