"""The progress of a build, as it is reported."""

from typing import Protocol


class Progress(Protocol):
    """A display of a build's progress. Called from several threads."""

    def say(self, text: str) -> None:
        """Show a line that stays."""

    def begin(self, name: str, text: str) -> None:
        """Show that something has begun; it is called `name` until its end."""

    def step(self, name: str, text: str) -> None:
        """Show what it is doing."""

    def end(self, name: str) -> None:
        """Show it no longer."""

    def tick(self) -> None:
        """Refresh the display; called about once a second during a build."""
