"""Findings about the images of the languages."""

from collections.abc import Iterator
from contextlib import closing

from zuko.doctor.finding import Finding, Level
from zuko.engine.images import ImageStore
from zuko.errors import ZukoError
from zuko.execution.early import docker_host
from zuko.images.context import find_context
from zuko.images.own import language_state
from zuko.images.state import State, images_of
from zuko.languages.own import LABEL, add_own
from zuko.languages.table import LANGUAGES
from zuko.settings import Settings


def look_at_images(settings: Settings) -> Iterator[Finding]:
    """Look whether each image is there and up to date; those of `ZUKO_READY_LANGUAGES` have to be there."""
    needed = images_of(LANGUAGES[name] for name in settings.ready_languages)
    missing = []
    try:
        context = find_context()
    except ZukoError as error:
        yield Finding("images", Level.NOTE, str(error))
        return
    with closing(ImageStore(docker_host(settings))) as store:
        try:
            add_own(store.labelled(LABEL), settings.image_prefix)
        except ZukoError as error:
            yield Finding("images", Level.FAILURE, str(error))
            return
        languages = {language.image: language for language in reversed(tuple(LANGUAGES.values()))}
        for image in images_of(LANGUAGES.values()):
            name = (settings.image_prefix or "") + image
            try:
                found = store.find(name)
            except ZukoError as error:
                yield Finding("images", Level.FAILURE, str(error))
                return
            state = language_state(context, languages[image], found)
            if state is State.MISSING and image not in needed:
                missing.append(_languages(image))
            else:
                yield _finding(name, image, state)
    if missing:
        found_missing = f"none of {'; '.join(missing)}: programs in them are refused"
        yield Finding("images", Level.NOTE, found_missing, "build what users need with `zuko images build LANGUAGE`")


def _finding(name: str, image: str, state: State) -> Finding:
    build = f"build it with `zuko images build {_languages(image).partition(',')[0]}`"
    match state:
        case State.UP_TO_DATE:
            return Finding(f"image {name}", Level.OK, state)
        case State.MISSING:
            return Finding(f"image {name}", Level.FAILURE, f"{state}, and in ZUKO_READY_LANGUAGES", build)
        case State.BY_HAND:
            return Finding(f"image {name}", Level.NOTE, "built by hand: whether it is up to date is not known", build)
        case State.OUT_OF_DATE:
            return Finding(f"image {name}", Level.WARNING, f"{state}: built by another version of Zuko", build)


def _languages(image: str) -> str:
    return ", ".join(language.name for language in LANGUAGES.values() if language.image == image)
