"""Run the benchmarks and print their tables. Everything that is started is stopped, even after errors."""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final, NoReturn

from benchmarks import (
    accuracy,
    cold,
    facades,
    figures,
    host,
    interaction,
    judging,
    languages,
    latency,
    memory,
    shares,
    start,
    store,
    submissions,
    throughput,
    ways,
)
from benchmarks.descendants import end_with_this_process
from benchmarks.table import Table

BENCHMARKS: Final[dict[str, Callable[[bool], list[Table]]]] = {
    "latency": latency.run,
    "throughput": throughput.run,
    "accuracy": accuracy.run,
    "cold": cold.run,
    "start": start.run,
    "memory": memory.run,
    "soak": memory.soak,
    "languages": languages.run,
    "figures": figures.run,
    "judging": judging.run,
    "interaction": interaction.run,
    "ways": ways.run,
    "store": store.run,
    "submissions": submissions.run,
    "facades": facades.run,
    "shares": shares.run,
}
LONG: Final = frozenset({"soak"})  # only when it is asked for: a quarter of an hour


def main() -> int:
    """Run the benchmarks; return 0 even if aims are missed, because a busy machine misses some."""
    options = _options()
    end_with_this_process()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return _run(options.only or [name for name in BENCHMARKS if name not in LONG], options.quick, options.json)
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130
    finally:
        host.remove_leftovers()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Zuko beside its alternatives.")
    parser.add_argument("--quick", action="store_true", help="fewer samples: about five minutes, not fifteen")
    parser.add_argument("--only", action="append", choices=list(BENCHMARKS), help="only this one; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the tables to a file")
    return parser.parse_args()


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _run(names: list[str], quick: bool, json_file: Path | None) -> int:
    started = time.monotonic()
    facts = host.facts()
    for name, fact in facts:
        print(f"{name + ':':21}{fact}")
    tables: list[Table] = []
    for name in names:
        for table in BENCHMARKS[name](quick):
            print(f"\n{table}", flush=True)
            tables.append(table)
    met = [claim for table in tables for claim in table.aims_met]
    print(f"\n{sum(met)} of {len(met)} aims met; {time.monotonic() - started:.0f} s")
    if json_file is not None:
        told = {"facts": dict(facts), "tables": [asdict(table) for table in tables]}
        json_file.write_text(json.dumps(told, indent=2) + "\n")
    return 0


sys.exit(main())
