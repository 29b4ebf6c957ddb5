"""scripts/setup.sh as a new shell finds it; what else it does is tested by every run of these tests."""

import os
import subprocess
from pathlib import Path

from tests import ROOT


def test_a_new_shell_finds_uv() -> None:
    """This holds too if set-up ran in a shell that had sourced .tools/env, and so found uv already."""
    find = ["bash", "-c", ". .tools/env && command -v uv"]
    elsewhere = os.pathsep.join(each for each in os.environ["PATH"].split(os.pathsep) if ".tools" not in each)
    for _ in range(2):
        clean = {**os.environ, "PATH": elsewhere}
        found = subprocess.run(find, cwd=ROOT, env=clean, capture_output=True, text=True, check=True).stdout.strip()
        sourced = {**os.environ, "PATH": f"{elsewhere}:{Path(found).parent}"}
        subprocess.run(
            ["scripts/setup.sh", "tools"], cwd=ROOT, env=sourced, capture_output=True, timeout=120, check=True
        )
