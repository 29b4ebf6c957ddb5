"""Prolog and Common Lisp, which share an image. Its tag is the release of Debian that they are of."""

from typing import Final

from zuko.languages.language import COMMON_ENV, Language

_IMAGE: Final = "zuko-symbolic:13"

PROLOG: Final = Language(
    name="prolog",
    code="prolog",
    title="Prolog (SWI-Prolog)",
    version="9.2",
    image=_IMAGE,
    source_name="main.pl",
    # -t halt: instead of a top level, which would take the program's input for queries.
    run_argv=("/usr/bin/swipl", "-q", "--on-error=halt", "--stack-limit=64g", "-f", "none", "-t", "halt", "main.pl"),
    env=COMMON_ENV,
    aliases=("swipl",),
)

LISP: Final = Language(
    name="lisp",
    code="lisp",
    title="Common Lisp (SBCL)",
    version="2.5",
    image=_IMAGE,
    source_name="main.lisp",
    run_argv=(
        "/usr/bin/sbcl",
        # Memory is limited by the sandbox: what is not touched costs nothing.
        *("--dynamic-space-size", "8GB", "--control-stack-size", "256MB"),
        *("--script", "main.lisp"),
    ),
    env=COMMON_ENV,
    aliases=("sbcl", "commonlisp"),
    memory_mib=256,
)

ROWS: Final = (PROLOG, LISP)
