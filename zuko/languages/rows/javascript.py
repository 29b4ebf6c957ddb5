"""JavaScript and what runs on its machines."""

from dataclasses import replace
from typing import Final

from zuko.languages import options
from zuko.languages.language import COMMON_ENV, Compiler, Language

JAVASCRIPT: Final = Language(
    name="javascript",
    code="javascript",
    title="JavaScript (Node.js)",
    version="20",
    image="zuko-javascript:20",
    source_name="main.js",
    run_argv=(
        "/usr/bin/node",
        "--max-old-space-size={heap_mib}",
        "--stack-size=6500",  # KiB: recursion to 90,000 calls instead of 14,000 (measured)
        "main.js",
    ),
    env=COMMON_ENV,
    aliases=("js", "node", "nodejs"),
    memory_mib=256,
    runtime_mib=96,  # 50 for Node.js itself, and its young generation
    heap_full_text=b"JavaScript heap out of memory",
)

_TSC: Final = "/usr/share/nodejs/typescript/lib/tsc.js"

TYPESCRIPT: Final = replace(
    JAVASCRIPT,
    name="typescript",
    code="typescript",
    title="TypeScript",
    version="4.9",
    image="zuko-typescript:4.9",
    source_name="main.ts",
    aliases=("ts",),
    compiler=Compiler(
        argv=(
            *("/usr/bin/node", "--max-old-space-size=400", _TSC),
            *("--target", "es2022", "--lib", "es2022", "--module", "commonjs", "--pretty", "false"),
            # The types of Node.js; their own mistakes are not the program's.
            *("--types", "node", "--typeRoots", "/usr/share/nodejs/@types", "--skipLibCheck"),
            "--noEmitOnError",
        ),
        suffixes=(".ts",),
        artifacts=("*.js",),
        nested_artifacts=("**/*.js",),
        options=options.TSC,
    ),
    compile_memory_mib=512,
)

ROWS: Final = (JAVASCRIPT, TYPESCRIPT)
