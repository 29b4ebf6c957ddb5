"""The rules for alerts and the queries of the dashboard."""

import json
from typing import Any, Final

import yaml

from tests import ROOT

ALERTS: Final = ROOT / "infra" / "prometheus" / "zuko-alerts.yml"
RULES: Final[list[dict[str, Any]]] = yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]
DASHBOARD: Final[dict[str, Any]] = json.loads((ROOT / "infra" / "grafana" / "zuko.json").read_text())
QUERIES: Final[list[str]] = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def expressions(query: str) -> str:
    """Return a query of the dashboard with its variables filled in, as Grafana does it."""
    return query.replace("$__rate_interval", "1m").replace("$instance", ".*")
