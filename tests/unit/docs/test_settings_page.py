"""docs/reference/settings.md says what the settings say."""

import re
from typing import Any

import pytest

from tests.harness.pages import PAGES, SETTINGS, coded, name, names_in, table
from zuko.settings import Settings


def test_every_setting_is_documented() -> None:
    """In settings.md and in the code the same names, none more."""
    rows = table(SETTINGS, "variable", "unit", "default", "bounds")
    assert [coded(row[0]) for row in rows].count([]) == 0
    assert sorted(names_in(rows)) == sorted(f"ZUKO_{field.upper()}" for field in Settings.model_fields)
    assert len(rows) == len(Settings.model_fields)


@pytest.mark.parametrize("field", Settings.model_fields)
def test_setting_is_as_documented(field: str) -> None:
    """Unit, default, bounds and meaning are the code's."""
    info = Settings.model_fields[field]
    (row,) = [row for row in table(SETTINGS, "variable", "unit") if coded(row[0]) == [f"ZUKO_{field.upper()}"]]
    _, unit, default, bounds, meaning = row
    units = {"_ms": "ms", "_bytes": "bytes", "_mib": "MiB", "_s": "s"}
    assert unit == next((unit for suffix, unit in units.items() if field.endswith(suffix)), "-")
    assert coded(default) == [spelled(info.default)]
    if size := re.search(r"\((\d+) (KiB|MiB)\)", default):
        assert int(size[1]) * {"KiB": 1 << 10, "MiB": 1 << 20}[size[2]] == info.default
    signs = {"gt": ">", "ge": "≥", "le": "≤"}
    expected = [f"{signs[key]} {vars_of(each)[key]}" for each in info.metadata for key in signs if key in vars_of(each)]
    assert bounds == (", ".join(expected) or "-")
    assert meaning.startswith(f"{info.description}. "), f"says {meaning!r}, the code says {info.description!r}"


def spelled(value: object) -> str:
    match value:
        case None | ():
            return "unset"
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case tuple():
            return ",".join(value)
    return str(value)


def vars_of(bound: object) -> dict[str, Any]:
    slots = getattr(type(bound), "__dataclass_fields__", {})
    return {key: getattr(bound, key) for key in slots}


def test_settings_named_anywhere_exist() -> None:
    known = {f"ZUKO_{field.upper()}" for field in Settings.model_fields}
    for path in PAGES:
        named = set(re.findall(r"ZUKO_[A-Z_]*[A-Z]", path.read_text()))
        assert named <= known, f"{name(path)} names {named - known}"
