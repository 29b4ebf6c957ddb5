"""Builds the images that are not up to date, several at a time."""

import os
import shutil
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Final

from zuko.engine.images import BuilderInfo, ImageInfo, ImageStore
from zuko.images.bases import Bases
from zuko.images.commands import Commands, Finished
from zuko.images.context import BuildContext
from zuko.images.output import has_no_disk, has_no_network, last_lines, step_of
from zuko.images.progress import Progress
from zuko.images.state import CONTEXT_LABEL, State, state_of

JOBS_MAX: Final = 4
_LINES_SHOWN: Final = 20  # of the output of a build that failed
_TICK_S: Final = 1.0
_SHARED_STAGE: Final = "init"  # every Dockerfile begins with it
_PROXIES: Final = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


class Ending(Enum):
    """How the build of an image ended."""

    UP_TO_DATE = auto()
    BUILT = auto()
    KEPT = auto()  # it may be out of date, and cannot be built here
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class Failure:
    """The reason why an image could not be built."""

    message: str
    lines: tuple[str, ...] = ()  # the end of the output
    hints: tuple[str, ...] = ()  # commands that fix it, or show more about it


@dataclass(frozen=True, slots=True)
class Result:
    """The result of building one image."""

    image: str
    ending: Ending
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class _Task:
    """An image that is not up to date."""

    image: str
    digest: str
    state: State
    found: ImageInfo | None
    nth: str  # " (2 of 7)"


class Builder:
    """Builds images on a Docker host.

    Args:
        store: the images of that host.
        context: what they are built from.
        progress: where it is shown.
        prefix: put before each image's name.
        free_mib: refuse to build with less free disk than this, where the host's disk is ours.
    """

    def __init__(
        self, store: ImageStore, context: BuildContext, progress: Progress, *, prefix: str = "", free_mib: int = 3000
    ) -> None:
        self._store = store
        self._context = context
        self._progress = progress
        self._prefix = prefix
        self._free_mib = free_mib
        self._commands = Commands()
        self._bases = Bases(store, context, self._commands, progress)
        self._needs_host_network = False

    def state(self, image: str) -> tuple[State, ImageInfo | None]:
        """Return the state of an image, and its data.

        Raises:
            EngineError: the Docker host does not answer.
        """
        found = self._store.find(self._prefix + image)
        label = None if found is None else found.labels.get(CONTEXT_LABEL, "")
        return state_of(label, self._context.digest(image)), found

    def build(self, images: Sequence[str], *, force: bool = False, jobs: int | None = None) -> list[Result]:
        """Build the images that are not up to date, and return the result of each.

        Args:
            images: without the prefix, in the order in which they are begun.
            force: build also those that are up to date.
            jobs: built at a time; None: as many as the Docker host has cores, up to `JOBS_MAX`.

        Raises:
            EngineError: the Docker host does not answer.
        """
        started = time.monotonic()
        states = {image: self.state(image) for image in images}
        wanted = [image for image, (state, _) in states.items() if force or state is not State.UP_TO_DATE]
        tasks = [
            _Task(image, self._context.digest(image), *states[image], nth=f" ({at} of {len(wanted)})")
            for at, image in enumerate(wanted, 1)
        ]
        for image in images:
            if image not in wanted:
                self._progress.say(f"{self._prefix}{image} is up to date")
        results = [Result(image, Ending.UP_TO_DATE) for image in images if image not in wanted]
        results += self._build_all(tasks, jobs) if tasks else []
        if len(images) > 1:
            self._say_total(results, time.monotonic() - started)
        return results

    def _build_all(self, tasks: list[_Task], jobs: int | None) -> list[Result]:
        if shutil.which("docker") is None:
            return [self._without_command(task) for task in tasks]
        info = self._store.builder_info()
        pool = ThreadPoolExecutor(jobs or min(info.cores, JOBS_MAX), thread_name_prefix="build")
        try:
            bases = sorted({base for task in tasks for base in self._context.bases(task.image)})
            # An image that was built by hand may be up to date: for it, no registry is asked and no base image is made.
            kept = [] if self._bases.are_there(bases) else [task for task in tasks if task.state is State.BY_HAND]
            results = [self._keep(task) for task in kept]
            left = [task for task in tasks if task not in kept]
            if not left:
                return results
            failure = _disk_failure(info, self._free_mib) or self._followed(pool.submit(self._get_bases, bases))
            if failure is not None:
                return results + [self._failed(task, failure) for task in left]
            if len(left) > 1:  # builds that begin at the same time would each build it
                self._followed(pool.submit(self._build_shared_stage, left[0]))
            futures = [pool.submit(self._build_one, task) for task in left]
            return results + [self._followed(future) for future in futures]
        except BaseException:  # a signal, most likely
            self._commands.cancel()
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def _say_total(self, results: Sequence[Result], seconds: float) -> None:
        present = [found for result in results if (found := self._store.find(self._prefix + result.image)) is not None]
        built = sum(result.ending is Ending.BUILT for result in results)
        size_mib = sum(found.size_bytes for found in present) >> 20
        there = f"{len(present)} are there, {size_mib:,} MiB in all"
        self._progress.say(f"{built} of {len(results)} images built in {seconds:.0f} s; {there}")

    def _followed[T](self, future: Future[T]) -> T:
        while not wait([future], _TICK_S).done:
            self._progress.tick()
        return future.result()

    def _get_bases(self, bases: Iterable[str]) -> Failure | None:
        lines = self._bases.get(bases)
        if lines is None:
            return None
        return Failure(
            "the base images could neither be pulled nor made",
            tuple(last_lines(lines, _LINES_SHOWN)),
            (
                "docker pull debian:trixie-slim && docker pull python:3.12-slim-trixie     # with a registry",
                "docs/how-to/air-gapped-images.md says how to bring images from another host",
            ),
        )

    def _build_shared_stage(self, task: _Task) -> None:
        """Build it once, ahead. Where that fails the first build fails likewise, and says why."""
        name = "zuko-init"
        self._progress.begin(name, "building zuko-init, the supervisor in every image")
        try:
            self._docker_build(name, task.image, "--target", _SHARED_STAGE)
        finally:
            self._progress.end(name)

    def _build_one(self, task: _Task) -> Result:
        name, started = self._prefix + task.image, time.monotonic()
        self._progress.begin(name, f"building {name}{task.nth}")
        try:
            finished = self._docker_build(name, task.image, "--build-arg", f"CONTEXT_HASH={task.digest}", "--tag", name)
        finally:
            self._progress.end(name)
        if not finished.succeeded:
            return self._keep(task) if task.state is State.BY_HAND else self._build_failed(name, task, finished)
        self._progress.say(f"{name} is built ({time.monotonic() - started:.0f} s)")
        self._remove_older(name, task.found)
        return Result(task.image, Ending.BUILT)

    def _docker_build(self, name: str, image: str, *options: str) -> Finished:
        """Run `docker build`, with the host's network if the bridge network of the Docker host leads nowhere."""

        def run() -> Finished:
            argv = ["docker", "build", *options, "--file", self._context.dockerfile(image)]
            for argument, value in self._context.arguments(image).items():
                argv += ["--build-arg", f"{argument}={value}"]
            for variable in _PROXIES:
                argv += ["--build-arg", variable] if os.environ.get(variable) else []
            argv += ["--network", "host"] if self._needs_host_network else []
            return self._commands.run(
                [*argv, "."],
                cwd=self._context.root,
                on_line=lambda line: self._show_step(name, line),
            )

        finished = run()
        if not finished.succeeded and not self._needs_host_network and has_no_network(finished.lines):
            self._progress.say(f"the build of {name} has no network of its own: again, with that of the Docker host")
            self._needs_host_network = True
            finished = run()
        return finished

    def _show_step(self, name: str, line: str) -> None:
        step = step_of(line)
        if step is not None:
            self._progress.step(name, step)

    def _remove_older(self, name: str, older: ImageInfo | None) -> None:
        """Remove the image that lost its name; a sandbox that still runs keeps it."""
        newer = self._store.find(name)
        if older is not None and newer is not None and older.image_id != newer.image_id:
            self._store.remove_unused(older.image_id)

    def _build_failed(self, name: str, task: _Task, finished: Finished) -> Result:
        lines = tuple(last_lines(finished.lines, _LINES_SHOWN))
        if has_no_disk(finished.lines):
            hints: tuple[str, ...] = ("docker system df", "docker system prune")
            return self._failed(task, Failure(f"the disk is full: {name} could not be built", lines, hints))
        arguments = "".join(f"--build-arg {key}={value} " for key, value in self._context.arguments(task.image).items())
        command = f"docker build -f {self._context.dockerfile(task.image)} {arguments}-t {name} ."
        again = (f"cd {self._context.root} && {command}",) if self._context.is_kept else ()
        return self._failed(task, Failure(f"{name} could not be built", lines, again))

    def _without_command(self, task: _Task) -> Result:
        if task.found is not None:
            self._progress.say(
                f"warning: {self._prefix}{task.image} is {task.state}; without the docker command it is used as it is"
            )
            return Result(task.image, Ending.KEPT)
        return self._failed(
            task,
            Failure(
                f"the engine answers, and has no image {self._prefix}{task.image}; "
                "to build it the docker command is missing",
                hints=(
                    "Debian, Ubuntu: sudo apt-get install docker-cli || sudo apt-get install docker.io",
                    "or bring the image from another host: docs/how-to/air-gapped-images.md",
                ),
            ),
        )

    def _keep(self, task: _Task) -> Result:
        self._progress.say(
            f"warning: {self._prefix}{task.image} was built by hand, perhaps from other sources than these, "
            "and is used as it is"
        )
        return Result(task.image, Ending.KEPT)

    def _failed(self, task: _Task, failure: Failure) -> Result:
        return Result(task.image, Ending.FAILED, failure)


def _disk_failure(info: BuilderInfo, wanted_mib: int) -> Failure | None:
    """Return why there is too little disk to build on, as far as can be seen from here."""
    directory = Path(info.directory)
    try:
        free_mib = shutil.disk_usage(directory).free >> 20
    except OSError:  # on another machine
        return None
    if free_mib >= wanted_mib:
        return None
    return Failure(
        f"not enough disk to build images: {free_mib} MiB free at {directory}, {wanted_mib} MiB wanted",
        hints=(f"df -h {directory}", "docker system prune      # removes stopped containers and unused images"),
    )
