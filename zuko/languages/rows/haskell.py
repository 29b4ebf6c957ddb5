"""Haskell."""

from typing import Final

from zuko.languages import options
from zuko.languages.language import COMMON_ENV, Compiler, Language

HASKELL: Final = Language(
    name="haskell",
    title="Haskell (GHC)",
    version="9.6",
    image="zuko-haskell:9.6",
    source_name="main.hs",
    run_argv=("main",),
    env=COMMON_ENV,
    code="haskell",
    aliases=("hs", "ghc"),
    compiler=Compiler(
        # It finds the modules that main.hs imports. Haskell's libraries are linked statically, C's are not: the linker
        # has notes about every program that has those in it, too, which nothing silences.
        argv=("/usr/lib/ghc/bin/ghc", "-O2", "-v0", "-DONLINE_JUDGE", "-optl-s", "-o", "main", "main.hs"),
        suffixes=(),
        included=(".hs", ".lhs"),
        artifacts=("main",),
        options=options.GHC,
    ),
    memory_mib=256,
    compile_memory_mib=768,
)

ROWS: Final = (HASKELL,)
