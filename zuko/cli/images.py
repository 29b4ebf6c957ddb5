"""`zuko images`: the sandbox images, built and listed."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Final

import click

from zuko.cli.failures import USAGE
from zuko.cli.figures import UNKNOWN, age_text, mebibytes
from zuko.cli.printable import printable_lines
from zuko.cli.progress import LineProgress, showing_progress
from zuko.engine.images import ImageStore
from zuko.execution.early import docker_host
from zuko.images.build import Builder, Ending, Failure, Result
from zuko.images.context import find_context
from zuko.images.progress import Progress
from zuko.images.state import images_of, in_build_order
from zuko.languages.table import LANGUAGES, Language, find_language, unknown_language
from zuko.settings import Settings

FAILED: Final = 1

_EPILOG: Final = f"""\
Exit code: 0: the images are up to date, or listed; {FAILED}: an image could not be built; {USAGE}: an option or a
language is wrong; 75: the Docker host does not answer.
"""
_FREE_MIB: Final = 3000


def _find_languages(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> tuple[Language, ...]:
    """Return the languages with these names or aliases."""
    found = []
    for name in names:
        language = find_language(name)
        if language is None:
            raise click.BadParameter(unknown_language(name))
        found.append(language)
    return tuple(found)


_languages = click.argument("languages", callback=_find_languages, nargs=-1, metavar="[LANGUAGE]...")


@click.group("images", epilog=_EPILOG)
def command() -> None:
    """Build or list the sandbox images.

    LANGUAGE is a name or an alias; default: all languages. C and C++ share an image.
    """


@command.command("build", epilog=_EPILOG)
@_languages
@click.option("--force", is_flag=True, help="Also build images that are up to date.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Images built at a time; default: the Docker host's cores, up to 4.",
)
@click.option(
    "--min-free-mib",
    "free_mib",
    type=click.IntRange(min=0),
    default=_FREE_MIB,
    envvar="MIN_FREE_MB",
    show_default=True,
    metavar="MIB",
    help="Refuse to build with less free disk.",
)
def build(languages: tuple[Language, ...], *, force: bool, jobs: int | None, free_mib: int) -> int:
    """Build the images that are missing or not up to date.

    An image is up to date if it was built from the same files as this installation has. Base images come from their
    registry, or are made here where none answers (Debian or Ubuntu, as root).
    """
    wanted = languages or tuple(LANGUAGES.values())
    return 0 if build_images(Settings.read(), wanted, force=force, jobs=jobs, free_mib=free_mib) else FAILED


@command.command("list", epilog=_EPILOG)
@_languages
def show(languages: tuple[Language, ...]) -> None:
    """List images with their state, size and age.

    An image is out of date if it was built from other files than this installation has, and `built by hand` if it does
    not record which.
    """
    from zuko.cli.report import Columns, Report  # noqa: PLC0415 - rich takes 0.1 s, and `build` may do without

    settings = Settings.read()
    now = datetime.now(UTC)
    rows = []
    with _builder(settings, LineProgress(click.echo)) as builder:
        states = {image: builder.state(image) for image in images_of(languages or LANGUAGES.values())}
    for language in languages or LANGUAGES.values():
        state, found = states[language.image]
        size = mebibytes(found.size_bytes if found else None)
        age = age_text(now - found.created) if found else UNKNOWN
        rows.append((language.name, settings.image(language), str(state), size, age))
    heading = ("language", "image", "state", "size", "age")
    columns = Columns([max(map(len, column)) for column in zip(heading, *rows, strict=True)], right=(3, 4))
    report = Report()
    report.line(columns.heading(*heading))
    for row in rows:
        report.line(columns.row(*row))


def build_images(
    settings: Settings,
    languages: Iterable[Language],
    *,
    force: bool = False,
    jobs: int | None = None,
    free_mib: int = _FREE_MIB,
) -> bool:
    """Build the images of languages that are not up to date, and show how. Returns False if one could not be built."""
    images = in_build_order(images_of(languages), LANGUAGES.values())
    with showing_progress() as progress, _builder(settings, progress, free_mib) as builder:
        results = builder.build(images, force=force, jobs=jobs)
    for failure in dict.fromkeys(_failures(results)):
        _show_failure(failure)
    return all(result.ending is not Ending.FAILED for result in results)


@contextmanager
def _builder(settings: Settings, progress: Progress, free_mib: int = _FREE_MIB) -> Iterator[Builder]:
    with closing(ImageStore(docker_host(settings))) as store:
        yield Builder(store, find_context(), progress, prefix=settings.image_prefix or "", free_mib=free_mib)


def _failures(results: Iterable[Result]) -> Iterable[Failure]:
    return (result.failure for result in results if result.failure is not None)


def _show_failure(failure: Failure) -> None:
    for line in failure.lines:
        click.echo(f"    {printable_lines(line)}", err=True)
    click.echo(f"\nzuko: {failure.message}", err=True)
    for hint in failure.hints:
        click.echo(f"    {hint}", err=True)
