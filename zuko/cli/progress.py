"""The progress of builds: lines that stay, and below them on a terminal a line for each build that goes on."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import click

from zuko.cli.printable import printable_lines
from zuko.images.progress import Progress

if TYPE_CHECKING:
    from rich.progress import TaskID

_EVERY_S: Final = 10.0  # where lines stay, not more of them
_STEP_WIDTH: Final = 40


def said(text: str) -> str:
    """Return a line as set-up prints its own."""
    return f"image:   {printable_lines(text)}"


@contextmanager
def showing_progress() -> Iterator[Progress]:
    """Show progress on standard output as long as the block lasts."""
    if sys.stdout is not None and sys.stdout.isatty():
        with _LiveProgress() as live:
            yield live
    else:
        yield LineProgress(click.echo)


@dataclass(slots=True)
class _Going:
    started: float
    shown: float
    step: str = ""


@dataclass(slots=True)
class LineProgress:
    """Prints a line when something begins, and one about its latest step every ten seconds."""

    echo: Callable[[str], object]
    clock: Callable[[], float] = time.monotonic
    _going: dict[str, _Going] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def say(self, text: str) -> None:
        """Print a line."""
        with self._lock:
            self.echo(said(text))

    def begin(self, name: str, text: str) -> None:
        """Print what has begun."""
        with self._lock:
            now = self.clock()
            self._going[name] = _Going(now, now)
            self.echo(said(text))

    def step(self, name: str, text: str) -> None:
        """Keep the step for the next line."""
        with self._lock:
            if name in self._going:
                self._going[name].step = text

    def end(self, name: str) -> None:
        """Forget it."""
        with self._lock:
            self._going.pop(name, None)

    def tick(self) -> None:
        """Print a line for each that was not shown for some time."""
        with self._lock:
            now = self.clock()
            for name, going in self._going.items():
                if now - going.shown >= _EVERY_S:
                    going.shown = now
                    step = f": {going.step}" if going.step else ""
                    self.echo(printable_lines(f"    {name} … {now - going.started:.0f} s{step}")[:120])


class _LiveProgress:
    """Keeps a line for each build at the bottom of the terminal."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - 0.1 s, which most calls save: nothing is to be built
        from rich.progress import Progress as Live  # noqa: PLC0415
        from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
        from rich.table import Column  # noqa: PLC0415

        self._live = Live(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
            TimeElapsedColumn(table_column=Column(no_wrap=True, min_width=7)),
            TextColumn("{task.fields[step]}", style="dim", markup=False, table_column=Column(no_wrap=True)),
            console=Console(highlight=False, emoji=False, markup=False),
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "_LiveProgress":
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def say(self, text: str) -> None:
        """Print a line above the others."""
        self._live.console.print(said(text), soft_wrap=True)

    def begin(self, name: str, text: str) -> None:
        """Add a line."""
        self._tasks[name] = self._live.add_task(printable_lines(text), total=None, step="")

    def step(self, name: str, text: str) -> None:
        """Show the step in its line."""
        if name in self._tasks:
            self._live.update(self._tasks[name], step=printable_lines(text)[:_STEP_WIDTH])

    def end(self, name: str) -> None:
        """Take its line away."""
        if name in self._tasks:
            self._live.remove_task(self._tasks.pop(name))

    def tick(self) -> None:
        """Do nothing: the terminal is drawn again by itself."""
