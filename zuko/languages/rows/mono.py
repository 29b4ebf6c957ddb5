"""C#, compiled and run by Mono."""

from typing import Final

from zuko.languages import options
from zuko.languages.language import COMMON_ENV, Compiler, Language

CSHARP: Final = Language(
    name="csharp",
    title="C# (Mono)",
    version="6.12",
    image="zuko-mono:6.12",
    source_name="main.cs",
    run_argv=("/usr/bin/mono", "main.exe"),
    env=COMMON_ENV,
    code="csharp",
    aliases=("cs", "c#", "mono"),
    compiler=Compiler(
        argv=(
            "/usr/local/bin/csharp-compile",
            "-optimize+",
            "-define:ONLINE_JUDGE",
            "-r:System.Numerics.dll",
            "-out:main.exe",
        ),
        suffixes=(".cs",),
        artifacts=("*.exe",),
        options=options.MCS,
    ),
    memory_mib=256,
    compile_memory_mib=512,
)

ROWS: Final = (CSHARP,)
