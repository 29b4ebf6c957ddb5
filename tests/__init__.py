"""Tests, in tiers: docs/contributing.md says what each needs."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
PROBLEMS: Final = ROOT / "tests" / "corpus" / "problems"
