"""Clients of other systems, as processes of their own environment: see tests/clients/."""

import json
import subprocess
from typing import Any, Final

from tests import ROOT

PYTHON: Final = ROOT / ".tools" / "clients" / "bin" / "python"


def call_client(script: str, *arguments: str, timeout_s: float = 120) -> Any:
    """Run a script of tests/clients/, and return the JSON that it prints."""
    # Isolated, so that it finds its own packages alone: one of them is called `tests`.
    command = [str(PYTHON), "-I", str(ROOT / "tests" / "clients" / script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
