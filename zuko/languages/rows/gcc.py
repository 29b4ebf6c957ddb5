"""C and C++: the standards share a compiler, and so an image."""

from typing import Final

from zuko.languages import options
from zuko.languages.language import COMMON_ENV, Compiler, Language

# -static: a program starts in 0.5 instead of 1.2 ms, without other files (measured; 2.2 MB instead of 17 KB).
# ONLINE_JUDGE is defined by contest sites. docker/cpp.Dockerfile precompiles <bits/stdc++.h> with the same options.
_GCC_OPTIONS: Final = ("-O2", "-pipe", "-static", "-DONLINE_JUDGE", "-o", "main")
_NESTED: Final = ("-iquote", ".")  # #include "lib/list.h" from any directory


def _cpp(name: str, standard: str, aliases: tuple[str, ...]) -> Language:
    return Language(
        name=name,
        code="cpp",
        title=f"C++{standard}",
        version="14",
        image="zuko-cpp:14",
        source_name="main.cpp",
        run_argv=("main",),
        env=COMMON_ENV,
        aliases=aliases,
        compiler=Compiler(
            argv=("/usr/bin/g++", f"-std=gnu++{standard}", *_GCC_OPTIONS),
            suffixes=(".cpp", ".cc", ".cxx"),
            included=(".h", ".hh", ".hpp", ".hxx", ".inl", ".ipp", ".tpp"),
            artifacts=("main",),
            nested_argv=_NESTED,
            options=options.GCC_CPP,
        ),
        memory_mib=256,
        compile_memory_mib=512,  # <regex>, ranges and pb_ds in one program: 370 MiB without the precompiled header
    )


CPP: Final = _cpp("cpp", "20", ("c++", "c++20", "cpp20"))
CPP17: Final = _cpp("cpp17", "17", ("c++17",))
CPP23: Final = _cpp("cpp23", "23", ("c++23",))

C: Final = Language(
    name="c",
    code="c",
    title="C17",
    version="14",
    image="zuko-cpp:14",
    source_name="main.c",
    run_argv=("main",),
    env=COMMON_ENV,
    aliases=("c17",),
    compiler=Compiler(
        # -fpermissive: a function without a declaration is a warning, as it was before GCC 14, and is elsewhere.
        argv=("/usr/bin/gcc", "-std=gnu17", "-fpermissive", *_GCC_OPTIONS),
        suffixes=(".c",),
        included=(".h", ".inl"),
        artifacts=("main",),
        nested_argv=_NESTED,
        options=options.GCC_C,
    ),
    memory_mib=256,
    compile_memory_mib=512,
)

ROWS: Final = (CPP, CPP17, CPP23, C)
