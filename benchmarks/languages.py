"""A hello-world of each language through the API, beside this host's own toolchain; and what the images prepare."""

import statistics
import time
from collections import defaultdict
from dataclasses import replace
from typing import Final

from benchmarks import host
from benchmarks.client import execute_request
from benchmarks.host import Server
from benchmarks.table import Table, percentile
from benchmarks.toolchain import Toolchain
from zuko.engine.engine import Engine
from zuko.execution.program import compile_limits, compile_run, program_run
from zuko.languages.examples import example_of
from zuko.languages.table import LANGUAGES, Language
from zuko.sandbox.sandbox import Sandbox
from zuko.settings import Settings
from zuko.types import Limits, Run, SandboxSpec, SourceFile

LIMITS: Final = Limits(wall_time_ms=20_000)
HEADER: Final = "#include <bits/stdc++.h>\n"


def run(quick: bool) -> list[Table]:
    """Measure each language: in turn one sample through the API and one with the host's toolchain."""
    rounds = 5 if quick else 20
    table = Table(
        "a hello-world of each language, p50 in ms",
        ("", "whole", "before the run", "run", "host: compilation", "host: run", "run / host", "samples"),
    )
    engine = Engine()
    try:
        for language in LANGUAGES.values():
            if engine.has_image(language.image):
                _add_language(table, language, rounds)
            else:
                table.notes.append(f"{language.name}: no image {language.image} here.")
        table.notes.append(
            "before the run: compilation, a change of the memory limit, HTTP; run: by its sandbox's clock."
        )
        return [table, _what_makes_them_fast(engine, rounds)]
    finally:
        engine.close()


def _add_language(table: Table, language: Language, rounds: int) -> None:
    source = example_of(language)
    request = execute_request(source, host.HELLO_INPUT, language=language.name)
    samples: dict[str, list[float]] = defaultdict(list)
    with host.scratch() as directory, Server(ZUKO_READY_LANGUAGES=language.name) as server:
        toolchain: Toolchain | None = None
        try:
            toolchain = Toolchain(language, directory, source, host.HELLO_INPUT)
            table.notes.append(f"{language.name} on the host: {toolchain.version}.")
        except LookupError as error:
            table.notes.append(f"{language.name}: {error}.")
        for turn in range(-1, rounds):
            server.wait_full()
            time.sleep(host.SETTLE_S)
            response = server.client.execute(request)
            if "Zuko" not in response["stdout"]:
                raise RuntimeError(f"a wrong answer in {language.name}: {response['stdout'][:200]!r}")
            if turn < 0:
                continue
            samples["whole"].append(response["total_ms"])
            samples["run"].append(response["wall_time_ms"])
            samples["before"].append(response["total_ms"] - response["wall_time_ms"])
            if toolchain is not None:
                if toolchain.compilation is not None:
                    samples["host compilation"].append(toolchain.compilation.run().wall_ms)
                samples["host run"].append(toolchain.program.run().wall_ms)
    middle = {name: percentile(values, 50) for name, values in samples.items()}
    ratio = middle["run"] / middle["host run"] if "host run" in middle else None
    table.rows.append(
        (
            language.name,
            *(f"{middle[name]:.1f}" for name in ("whole", "before", "run")),
            *(f"{middle[name]:.1f}" if name in middle else "" for name in ("host compilation", "host run")),
            "" if ratio is None else f"{ratio:.2f}",
            str(rounds),
        )
    )


def _what_makes_them_fast(engine: Engine, rounds: int) -> Table:
    """Measure with and without each preparation of the image, in one sandbox and in turn."""
    table = Table(
        "what the images prepare, p50 of CPU time in ms",
        ("", "without", "with", "without / with", "samples"),
        notes=["Java: the archive of loaded classes (CDS). C++: <bits/stdc++.h> precompiled."],
    )
    java, cpp = LANGUAGES["java"], LANGUAGES["cpp"]
    if engine.has_image(java.image):
        with engine.start_sandbox(_reusable(java), 0) as sandbox:
            compiled = _compilation(java, example_of(java))
            sandbox.run(replace(compiled, take=("*.class",), keep_taken=True), more=True)
            program = program_run(java, LIMITS, sandbox.memory_bytes, input_data=host.HELLO_INPUT.encode())
            off = replace(program, argv=(program.argv[0], "-Xshare:off", *program.argv[1:]))
            pair = _costs(sandbox, off, program, rounds)
            _add_pair(table, "Java, run of a hello-world", *pair)
            off = replace(compiled, argv=(compiled.argv[0], "-J-Xshare:off", *compiled.argv[1:]))
            pair = _costs(sandbox, off, compiled, rounds)
            _add_pair(table, "Java, its compilation", *pair)
    if engine.has_image(cpp.image):
        with engine.start_sandbox(_reusable(cpp), 0) as sandbox:
            source = HEADER + example_of(cpp)
            # With a token before the header, the compiler does not use its precompiled form.
            off, on = _compilation(cpp, f"extern int before;\n{source}"), _compilation(cpp, source)
            pair = _costs(sandbox, off, on, rounds)
            _add_pair(table, "C++, compilation of a hello-world with <bits/stdc++.h>", *pair)
    return table


def _reusable(language: Language) -> SandboxSpec:
    return replace(Settings().sandbox(language), max_submissions=1000)


def _compilation(language: Language, source: str) -> Run:
    """Return a compilation that leaves nothing for the next one."""
    files = (SourceFile(language.source_name, source.encode()),)
    return replace(compile_run(language, files, compile_limits(language), send=False), take=(), keep_taken=False)


def _costs(sandbox: Sandbox, without: Run, with_it: Run, rounds: int) -> tuple[list[float], list[float]]:
    """Return the CPU time of each run, ms."""
    costs: tuple[list[float], list[float]] = [], []
    for turn in range(-1, rounds):
        for taken, planned in zip(costs, (without, with_it), strict=True):
            result = sandbox.run(planned, more=True)
            if result.exit_code != 0 or result.usage.cpu_time_ns is None:
                raise RuntimeError(f"{planned.argv} failed: {result}")
            if turn >= 0:
                taken.append(result.usage.cpu_time_ns / 1e6)
    return costs


def _add_pair(table: Table, title: str, without: list[float], with_it: list[float]) -> None:
    off, on = statistics.median(without), statistics.median(with_it)
    table.rows.append((title, f"{off:.1f}", f"{on:.1f}", f"{off / on:.2f}", str(len(without))))
