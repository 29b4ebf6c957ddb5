"""Base images: pulled from a registry that answers, or else made on this machine."""

import os
import sys
from collections.abc import Iterable
from typing import Final

from zuko.engine.images import ImageStore
from zuko.images.commands import Commands
from zuko.images.context import BuildContext
from zuko.images.progress import Progress

_ANSWER_S: Final = 20  # within this time a registry that can be reached begins to send
_ANSWER: Final = "Pulling from"
_USUAL_NAMES: Final = {"DEBIAN_IMAGE": "", "PYTHON_IMAGE": ""}  # those that the Dockerfiles name
_SHOWN: Final = 160  # characters of a refusal
_NAME: Final = "base images"


class Bases:
    """The base images of a Docker host: gets missing ones, and replaces those that an older script has made here."""

    def __init__(self, store: ImageStore, context: BuildContext, commands: Commands, progress: Progress) -> None:
        self._store = store
        self._context = context
        self._commands = commands
        self._progress = progress

    def are_there(self, bases: Iterable[str]) -> bool:
        """Return whether all of them are on the Docker host."""
        return all(self._store.find(base) is not None for base in bases)

    def get(self, bases: Iterable[str]) -> tuple[str, ...] | None:
        """Get the missing base images; return None, or the last lines of the command that failed."""
        bases = tuple(bases)
        outdated = self._outdated()
        wanted = [base for base in bases if base in outdated or self._store.find(base) is None]
        # One failure is enough to know that no registry answers.
        if all(self._pull(base) for base in wanted):
            return None
        self._progress.say("no registry answers: making base images from what this machine has")
        self._progress.begin(_NAME, "making the base images")
        finished = self._commands.run(
            ["bash", str(self._context.base_script)],
            cwd=self._context.root,
            # The script copies this interpreter into the image, because it has the version that is needed.
            env={**_USUAL_NAMES, "PYTHON": os.environ.get("PYTHON", sys.executable)},
            on_line=lambda line: self._progress.step(_NAME, line.strip()),
        )
        self._progress.end(_NAME)
        if finished.succeeded:
            return None
        if self.are_there(bases):
            self._progress.say("warning: the base images could not be made again; older ones are used as they are")
            return None
        return finished.lines

    def _pull(self, image: str) -> bool:
        self._progress.begin(image, f"pulling {image}")
        try:
            finished = self._commands.run(
                ["docker", "pull", image],
                cwd=self._context.root,
                on_line=lambda line: self._progress.step(image, line.strip()),
                first_sign=_ANSWER,
                within_s=_ANSWER_S,
            )
        finally:
            self._progress.end(image)
        if not finished.succeeded:
            reason = finished.lines[-1][:_SHOWN] if finished.lines else f"no answer within {_ANSWER_S} s"
            self._progress.say(f"no {image} from a registry: {reason}")
        return finished.succeeded

    def _outdated(self) -> set[str]:
        """Return the base images that an older version of the script made on this machine."""
        finished = self._commands.run(
            ["bash", str(self._context.base_script), "--outdated"], cwd=self._context.root, env=_USUAL_NAMES
        )
        return set(finished.lines) if finished.succeeded else set()
