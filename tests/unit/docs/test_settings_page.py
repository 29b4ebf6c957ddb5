"""Settings that the documents name exist; the tables of settings.md are generated."""

import re

from tests.harness.pages import PAGES, name
from zuko.settings import Settings


def test_settings_named_anywhere_exist() -> None:
    known = {f"ZUKO_{field.upper()}" for field in Settings.model_fields}
    for path in PAGES:
        named = set(re.findall(r"ZUKO_[A-Z_]*[A-Z]", path.read_text()))
        assert named <= known, f"{name(path)} names {named - known}"
