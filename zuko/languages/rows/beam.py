"""Languages of the Erlang machine, which share an image. Its tag is the release of Erlang/OTP."""

from dataclasses import replace
from typing import Final

from zuko.languages.language import COMMON_ENV, Language
from zuko.types import SourceFile

_IMAGE: Final = "zuko-beam:27"
# One core: one scheduler of each kind.
_FLAGS: Final = "+S 1:1 +SDcpu 1:1 +SDio 1 +A 1"


def _prepare(files: tuple[SourceFile, ...]) -> tuple[str, tuple[SourceFile, ...]]:
    """Return the main file with an empty line before it: escript does not read the first line, which is a shell's."""
    main, *others = files
    if not main.content.startswith(b"#!"):
        main = replace(main, content=b"\n" + main.content)
    return main.name, (main, *others)


ERLANG: Final = Language(
    name="erlang",
    code="erlang",
    title="Erlang",
    version="27",
    image=_IMAGE,
    source_name="main.erl",
    run_argv=("/usr/bin/escript", "-c", "main.erl"),  # -c: compiled, and not interpreted
    env=(*COMMON_ENV, ("ERL_FLAGS", _FLAGS)),
    aliases=("erl",),
    prepare=_prepare,
    memory_mib=256,
)

ELIXIR: Final = Language(
    name="elixir",
    code="elixir",
    title="Elixir",
    version="1.18",
    image=_IMAGE,
    source_name="main.exs",
    run_argv=("/usr/bin/elixir", "main.exs"),
    env=(*COMMON_ENV, ("ERL_FLAGS", _FLAGS)),
    aliases=("ex",),
    memory_mib=256,
)

ROWS: Final = (ERLANG, ELIXIR)
