"""Settings that the documents name exist; the tables of settings.md are generated."""

import re
from typing import Final

from tests.harness.pages import CHANGELOG, PAGES, name
from zuko.settings import CLIENT_VARIABLES, Settings

REMOVED: Final = {"ZUKO_SANDBOX_MAX_RUNS"}  # earlier releases had them


def test_settings_named_anywhere_exist() -> None:
    known = {f"ZUKO_{field.upper()}" for field in Settings.model_fields} | CLIENT_VARIABLES
    for path in PAGES:
        named = set(re.findall(r"ZUKO_[A-Z0-9_]*[A-Z0-9]", path.read_text()))
        if path == CHANGELOG:
            named -= REMOVED
        assert named <= known, f"{name(path)} names {named - known}"
