"""A program in each language that reads a name from standard input and greets it: "Hello, Zuko!"."""

import tomllib
from functools import cache
from importlib.resources import files

from zuko.languages.language import Language


def example_of(language: Language) -> str:
    """Return the example in a language, which its versions and a site's own languages share.

    Raises:
        KeyError: there is none.
    """
    return _examples()[language.base or language.family]


@cache
def _examples() -> dict[str, str]:
    return tomllib.loads((files("zuko.languages") / "hello.toml").read_text("utf-8"))
