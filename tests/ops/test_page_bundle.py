"""The bundle of the page's scripts is what scripts/page/ makes."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests import ROOT

SOURCES: Final = ROOT / "scripts" / "page"
BUNDLE: Final = ROOT / "zuko" / "api" / "page" / "static"


def test_the_bundle_is_up_to_date(tmp_path: Path) -> None:
    """From the packages that are locked, to the byte; their licences are beside it."""
    for path in SOURCES.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)
    shutil.copytree(SOURCES / "src", tmp_path / "src")
    for command in (
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        ["node", "build.mjs", str(tmp_path / "made")],
    ):
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
    made = {path.name: path.read_bytes() for path in (tmp_path / "made").iterdir()}
    assert made == {name: (BUNDLE / name).read_bytes() for name in ("LICENSES.txt", "modes.js", "page.js")}
