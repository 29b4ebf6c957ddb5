"""The dashboard, read with Grafana's own types: every key, kind of panel and unit is one that Grafana knows."""

import json
from collections.abc import Iterator
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import Dashboard

from tests.harness.alerts import DASHBOARD


def unknown(sent: Any, kept: Any, path: str = "") -> Iterator[str]:
    """Yield what Grafana would leave out, or change."""
    if isinstance(sent, dict) and isinstance(kept, dict):
        for key, value in sent.items():
            yield from unknown(value, kept.get(key, ...), f"{path}.{key}")
    elif isinstance(sent, list) and isinstance(kept, list) and len(sent) == len(kept):
        for number, (one, other) in enumerate(zip(sent, kept, strict=True)):
            yield from unknown(one, other, f"{path}[{number}]")
    elif sent != kept:
        yield path


def read(dashboard: dict[str, Any]) -> Any:
    register_default_plugins()
    return json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard)))


def test_grafana_knows_all_of_it() -> None:
    assert list(unknown(DASHBOARD, read(DASHBOARD))) == []
    known = {value for value in vars(units).values() if isinstance(value, str)}
    for panel in DASHBOARD["panels"]:
        assert panel["type"] == "timeseries", panel["title"]  # the types read panels of any other kind, too
        assert panel["fieldConfig"]["defaults"].get("unit", "none") in known, panel["title"]


def test_a_key_that_is_misspelt_is_found() -> None:
    """As a query's, which Grafana would draw with another legend."""
    panel = DASHBOARD["panels"][0]
    target = {**panel["targets"][0], "legendformat": "x"}
    sent = {**DASHBOARD, "panels": [{**panel, "targets": [target]}]}
    assert list(unknown(sent, read(sent))) == [".panels[0].targets[0].legendformat"]
