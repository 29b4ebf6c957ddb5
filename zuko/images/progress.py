"""How a build reports what it does."""

from typing import Protocol


class Progress(Protocol):
    """Where a build's progress is shown. Called from several threads."""

    def say(self, text: str) -> None:
        """Show a line that stays."""

    def begin(self, name: str, text: str) -> None:
        """Show that something has begun; it is called `name` until its end."""

    def step(self, name: str, text: str) -> None:
        """Show what it is doing."""

    def end(self, name: str) -> None:
        """Show it no longer."""

    def tick(self) -> None:
        """Called about once a second while anything goes on."""
