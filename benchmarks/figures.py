"""A hello-world of each language in one sandbox: the figures of docs/reference/languages.md."""

import statistics
from contextlib import closing
from typing import Final

from benchmarks import host
from benchmarks.table import Table
from zuko.engine.engine import Engine
from zuko.engine.images import ImageStore
from zuko.execution.early import docker_host
from zuko.execution.program import compile_limits, compile_run, prepared, program_run
from zuko.languages.examples import example_of
from zuko.languages.table import LANGUAGES, Language
from zuko.sandbox.sandbox import Sandbox
from zuko.settings import Settings
from zuko.types import Limits, Run, RunResult, SourceFile

LIMITS: Final = Limits(wall_time_ms=20_000)
_NONE: Final = "-"


def run(quick: bool) -> list[Table]:
    """Measure each language whose image is here."""
    runs, compilations = (5, 2) if quick else (15, 5)
    heading = (
        "`language`",
        "image, MB",
        "compilation: CPU time, ms",
        "peak RSS, MB",
        "run: CPU time, ms",
        "peak RSS, MB",
    )
    table = Table(
        "a hello-world of each language, p50",
        heading,
        notes=[f"{runs} runs and {compilations} compilations in one sandbox."],
    )
    settings = Settings()
    sizes: dict[str, str] = {}
    with closing(Engine()) as engine, closing(ImageStore(docker_host(settings))) as store:
        for language in LANGUAGES.values():
            image = settings.image(language)
            found = store.find(image)
            if found is None:
                table.notes.append(f"{language.name}: no image {image} here.")
                continue
            size = sizes.get(image, f"{found.size_bytes / 1e6:.0f}")
            sizes.setdefault(image, f"with `{language.name}`")
            with engine.start_sandbox(settings.sandbox(language), 0) as sandbox:
                table.rows.append((f"`{language.name}`", size, *_measure(sandbox, language, runs, compilations)))
    table.notes.append(f"all images: {_total_gb(settings):.1f} GB, layers that they share counted once for each.")
    return [table]


def _total_gb(settings: Settings) -> float:
    with closing(ImageStore(docker_host(settings))) as store:
        found = (store.find(image) for image in {settings.image(language) for language in LANGUAGES.values()})
        return sum(each.size_bytes for each in found if each is not None) / 1e9


def _measure(sandbox: Sandbox, language: Language, runs: int, compilations: int) -> tuple[str, ...]:
    ready, files = prepared(language, (SourceFile(language.source_name, example_of(language).encode()),))
    compiled: tuple[str, ...] = (_NONE, _NONE)
    if ready.compiler is not None:
        compiled = _medians(sandbox, compile_run(ready, files, compile_limits(ready), send=False), compilations)
    kept = files if ready.compiler is None else ()
    program = program_run(ready, LIMITS, sandbox.memory_bytes, files=kept, input_data=host.HELLO_INPUT.encode())
    return (*compiled, *_medians(sandbox, program, runs))


def _medians(sandbox: Sandbox, planned: Run, count: int) -> tuple[str, str]:
    """Return CPU time, ms, and peak RSS, MB, of some runs after a first one that does not count."""
    results: list[RunResult] = []
    for _ in range(count + 1):
        result = sandbox.run(planned, more=True)
        if result.exit_code != 0:
            raise RuntimeError(f"{planned.argv} failed: {result}")
        results.append(result)
    cpu_ms = statistics.median((each.usage.cpu_time_ns or 0) / 1e6 for each in results[1:])
    peak_mb = statistics.median((each.usage.peak_rss_bytes or 0) / 1e6 for each in results[1:])
    return _figure(cpu_ms), _figure(peak_mb)


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"
