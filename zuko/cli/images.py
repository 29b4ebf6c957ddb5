"""`zuko images`: the sandbox images, built and listed."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from zuko.cli.failures import USAGE
from zuko.cli.figures import UNKNOWN, age_text, mebibytes
from zuko.cli.printable import printable_lines
from zuko.cli.progress import showing_progress
from zuko.engine.images import ImageStore
from zuko.execution.early import docker_host
from zuko.images.build import Builder, Ending, Failure, Result
from zuko.images.context import BuildContext, find_context
from zuko.images.own import LibrariesError, base_of, language_state, own_context
from zuko.images.progress import Progress
from zuko.images.state import images_of, in_build_order
from zuko.languages.own import FORM, TAKES, add_own, own_language
from zuko.languages.own import LABEL as OWN_LABEL
from zuko.languages.table import LANGUAGES, Language, find_language, unknown_language
from zuko.settings import Settings

FAILED: Final = 1

_EPILOG: Final = f"""\
Exit code: 0: the images are up to date, or listed; {FAILED}: an image could not be built; {USAGE}: an option or a
language is wrong; 75: the Docker host does not answer.
"""
_FREE_MIB: Final = 3000
_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)


def _find_languages(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> tuple[Language, ...]:
    """Return the languages with these names or aliases, or of a site's own names."""
    found = []
    for name in names:
        language = find_language(name) or own_language(name)
        if language is None:
            raise click.BadParameter(unknown_language(name))
        found.append(language)
    return tuple(found)


_languages = click.argument("languages", callback=_find_languages, nargs=-1, metavar="[LANGUAGE]...")


@click.group("images", epilog=_EPILOG)
def command() -> None:
    """Build or list the sandbox images.

    LANGUAGE is a name or an alias; default: all languages. C and C++ share an image. A language with libraries of
    yours has a name like python-course: one of ours, a hyphen, and your word.
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
@click.option(
    "--requirements", type=_FILE, metavar="FILE", help="Of python-WORD: the packages, with hashes, as pip takes them."
)
@click.option(
    "--packages",
    type=_FILE,
    metavar="FILE",
    help="Of javascript-WORD: a package.json, with a package-lock.json beside it.",
)
@click.option(
    "--headers",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIRECTORY",
    help="Of c-WORD, cpp-WORD, cpp17-WORD, cpp23-WORD: headers.",
)
def build(
    languages: tuple[Language, ...], *, force: bool, jobs: int | None, free_mib: int, **libraries: Path | None
) -> int:
    """Build the images that are missing or not up to date.

    An image is up to date if it was built from the same files as this installation has. Base images come from their
    registry, or are made here where none answers (Debian or Ubuntu, as root).
    """
    given = {kind: path for kind, path in libraries.items() if path is not None}
    if given or any(language.base for language in languages):
        return _build_own(languages, given, force=force, free_mib=free_mib)
    wanted = languages or tuple(LANGUAGES.values())
    return 0 if build_images(Settings.read(), wanted, force=force, jobs=jobs, free_mib=free_mib) else FAILED


@command.command("list", epilog=_EPILOG)
@_languages
def show(languages: tuple[Language, ...]) -> None:
    """List images with their state, size and age.

    An image is out of date if it was built from other files than this installation has, and `built by hand` if it does
    not record which.
    """
    from zuko.cli.report import Report  # noqa: PLC0415 - rich takes 0.1 s, and `build` may do without

    settings, context = Settings.read(), find_context()
    now = datetime.now(UTC)
    rows = []
    with closing(ImageStore(docker_host(settings))) as store:
        add_own(store.labelled(OWN_LABEL), settings.image_prefix)
        shown = languages or tuple(LANGUAGES.values())
        found_images = {image: store.find((settings.image_prefix or "") + image) for image in images_of(shown)}
    for language in shown:
        found = found_images[language.image]
        state = language_state(context, language, found)
        size = mebibytes(found.size_bytes if found else None)
        age = age_text(now - found.created) if found else UNKNOWN
        rows.append((language.name, settings.image(language), str(state), size, age))
    Report().table(("language", "image", "state", "size", "age"), rows, right=(3, 4))


def build_images(
    settings: Settings,
    languages: Iterable[Language],
    *,
    force: bool = False,
    jobs: int | None = None,
    free_mib: int = _FREE_MIB,
) -> bool:
    """Build the images of languages that are not up to date, and show how. Returns False if one could not be built."""
    ours = [language for language in languages if not language.base]  # a site's own needs its files
    images = in_build_order(images_of(ours), LANGUAGES.values())
    with showing_progress() as progress, _builder(settings, find_context(), progress, free_mib) as builder:
        results = builder.build(images, force=force, jobs=jobs)
    return _show_failures(results)


def _build_own(languages: tuple[Language, ...], given: dict[str, Path], *, force: bool, free_mib: int) -> int:
    """Build the image of a site's own language, and before it ours that it is built on.

    Raises:
        UsageError: there are others, or it takes other libraries.
    """
    if len(languages) != 1 or not languages[0].base:
        raise click.UsageError(f"libraries are for one language with a name of its own: {FORM}")
    (language,) = languages
    kind = TAKES[language.base]
    if list(given) != [kind]:
        raise click.UsageError(f"{language.name} is built with --{kind}, and with that alone")
    settings = Settings.read()
    if not build_images(settings, [base_of(language)], free_mib=free_mib):
        return FAILED
    prefix = settings.image_prefix or ""
    try:
        with (
            own_context(find_context(), language, given[kind], prefix=prefix) as context,
            showing_progress() as progress,
            _builder(settings, context, progress, free_mib) as builder,
        ):
            return 0 if _show_failures(builder.build([language.image], force=force)) else FAILED
    except LibrariesError as error:
        raise click.UsageError(str(error)) from error


@contextmanager
def _builder(settings: Settings, context: BuildContext, progress: Progress, free_mib: int) -> Iterator[Builder]:
    with closing(ImageStore(docker_host(settings))) as store:
        yield Builder(store, context, progress, prefix=settings.image_prefix or "", free_mib=free_mib)


def _show_failures(results: Iterable[Result]) -> bool:
    """Show what could not be built; return whether everything could."""
    results = tuple(results)
    for failure in dict.fromkeys(_failures(results)):
        _show_failure(failure)
    return all(result.ending is not Ending.FAILED for result in results)


def _failures(results: Iterable[Result]) -> Iterable[Failure]:
    return (result.failure for result in results if result.failure is not None)


def _show_failure(failure: Failure) -> None:
    for line in failure.lines:
        click.echo(f"    {printable_lines(line)}", err=True)
    click.echo(f"\nzuko: {failure.message}", err=True)
    for hint in failure.hints:
        click.echo(f"    {hint}", err=True)
