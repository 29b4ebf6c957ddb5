"""Write what is generated, or say what would change."""

import argparse
import sys
from pathlib import Path
from typing import Final

from scripts.generate import chart, hosts, layout, pages, tables, terminal

ROOT: Final = Path(__file__).parent.parent.parent
IMAGES: Final = ROOT / "docs" / "images"
BENCHMARKS: Final = ROOT / "docs" / "reference" / "benchmarks.md"
PAGES: Final = sorted((ROOT / "docs").rglob("*.md"))
DOCKER_HOST: Final = ROOT / "infra" / "docker-host.sh"
BLOCKS: Final[pages.Blocks] = {
    "layers": layout.layers,
    "libraries": layout.libraries,
    **tables.BLOCKS,
}


def generated() -> dict[Path, str]:
    """Return the files that are generated, with what they are to hold."""
    figures = chart.systems(BENCHMARKS.read_text())
    recorded = terminal.RECORD.read_text()
    written = {path: pages.write(path.read_text(), BLOCKS) for path in PAGES}
    return written | {
        DOCKER_HOST: hosts.write(DOCKER_HOST.read_text()),
        IMAGES / "speed-light.svg": chart.draw(figures, chart.LIGHT),
        IMAGES / "speed-dark.svg": chart.draw(figures, chart.DARK),
        IMAGES / "verify-light.svg": terminal.draw(recorded, terminal.LIGHT),
        IMAGES / "verify-dark.svg": terminal.draw(recorded, terminal.DARK),
    }


def stale() -> dict[Path, str]:
    """Return those that hold something else."""
    return {path: text for path, text in generated().items() if not path.exists() or path.read_text() != text}


def main() -> int:
    """Write the files. With `--check`, write nothing and return 1 if one is not up to date."""
    parser = argparse.ArgumentParser(prog="python -m scripts.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if something would change")
    parser.add_argument("--record", action="store_true", help="run `zuko verify` first, for the picture of it")
    options = parser.parse_args()
    if options.record:
        terminal.record()
    changed = stale()
    for path, text in generated().items():
        for row in pages.unwritten(text) if path.suffix == ".md" else ():
            print(f"{path.relative_to(ROOT)}: write what is missing here: {row}")
    for path, text in changed.items():
        print(f"{path.relative_to(ROOT)}: {'not up to date' if options.check else 'written'}")
        if not options.check:
            path.write_text(text)
    return int(options.check and bool(changed))


if __name__ == "__main__":
    sys.exit(main())
