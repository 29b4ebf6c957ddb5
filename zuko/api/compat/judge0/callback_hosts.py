"""The hosts that may be called back, those of the settings and no others, and how a URL is kept until then."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

_PORTS: Final = {"http": 80, "https": 443}
_KEPT: Final = "judge0+"  # before the token and the URL of a callback, which are kept as the URL of a webhook


def is_allowed(url: str, hosts: Sequence[str]) -> bool:
    """Return whether a URL may be called.

    Args:
        url: as a client sent it.
        hosts: names or addresses, each with a port or without: then only its scheme's own port is meant.
    """
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    usual = _PORTS.get(parts.scheme)
    if usual is None or not parts.hostname or parts.username is not None or parts.password is not None:
        return False
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    wanted = {f"{name}:{port or usual}", *([name] if port in (None, usual) else [])}
    return not wanted.isdisjoint(host.lower() for host in hosts)


def webhook_of(token: str, url: str) -> str:
    """Return the URL of the webhook that a callback is kept as."""
    return f"{_KEPT}{token}+{url}"


def callback_of(webhook: str) -> tuple[str, str]:
    """Return the token and the URL of a callback."""
    token, _, url = webhook.removeprefix(_KEPT).partition("+")
    return token, url
