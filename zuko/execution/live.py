"""An execution that is followed while it goes on, and the words that are said to its program."""

import asyncio
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

WORDS_MAX: Final = 1 << 18  # bytes that a program may have left unread


class DeafError(Exception):
    """A program does not read what is said to it."""


class Words:
    """Input of a program while it runs. Any thread may call it; `close` at the end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said = bytearray()
        self._stops = False
        self._has_rung = False
        self._bell, self._ringer = socket.socketpair()  # readable while there is something to take
        self._bell.setblocking(False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the descriptors; when the execution has ended."""
        with self._lock:
            self._bell.close()
            self._ringer.close()

    def say(self, words: bytes) -> None:
        """Say something to the program.

        Raises:
            DeafError: it has left too much unread.
        """
        with self._lock:
            if len(self._said) + len(words) > WORDS_MAX:
                raise DeafError
            self._said += words
            self._ring()

    def stop(self) -> None:
        """Have the program end."""
        with self._lock:
            self._stops = True
            self._ring()

    def fileno(self) -> int:
        """Return a descriptor that is readable while there is something to take."""
        return self._bell.fileno()

    def take(self, size_max: int) -> tuple[bytes, bool]:
        """Take at most so many bytes, and whether the program is to end, without waiting."""
        with self._lock:
            said, stops = bytes(self._said[:size_max]), self._stops
            del self._said[:size_max]
            self._stops = False
            if self._has_rung and not self._said:
                self._bell.recv(1)
                self._has_rung = False
            return said, stops

    def _ring(self) -> None:
        if not self._has_rung and self._ringer.fileno() >= 0:
            self._has_rung = True
            self._ringer.send(b"!")


def _ignore(*_: object) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class Live:
    """Called while an execution goes on, in the event loop, and in the order of what happens."""

    on_start: Callable[[], object] = _ignore  # its sandbox is there
    on_compiled: Callable[[str], object] = _ignore  # with the compiler's messages: the program is started
    on_output: Callable[[bool, bytes], object] = _ignore  # with each part of an output; true: of standard error
    words: Words | None = None  # input while it runs, instead of the submission's

    def from_threads(self, loop: asyncio.AbstractEventLoop) -> "Live":
        """Return the same for a thread that executes."""
        call = loop.call_soon_threadsafe
        return Live(
            on_start=lambda: call(self.on_start),
            on_compiled=lambda messages: call(self.on_compiled, messages),
            on_output=lambda is_error, part: call(self.on_output, is_error, part),
            words=self.words,
        )
