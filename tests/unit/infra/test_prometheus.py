"""The dashboard and the alerts name metrics that exist."""

import re

from tests.harness.alerts import QUERIES, RULES
from zuko.telemetry.metrics import METRICS


def test_metrics_that_are_named_exist() -> None:
    labels = {series: {*metric.labels, "le"} for metric in METRICS for series in metric.series}
    labels |= {f"zuko_process_{part}": set() for part in ("cpu_seconds_total", "open_fds", "max_fds")}
    for query in (*QUERIES, *(rule["expr"] for rule in RULES)):
        named = set(re.findall(r"\bzuko_\w+", query.replace('"zuko"', "")))
        assert named or "up{" in query
        assert named <= set(labels), query
        known = {"instance", "job"}.union(*(labels[each] for each in named))
        by = re.findall(r"by \(([^)]*)\)", query)
        used = {part.strip() for each in by for part in each.split(",")}
        used |= set(re.findall(r'(\w+)\s*(?:=~|!=|=)\s*"', query))
        assert used <= known, query


def test_alerts_say_what_to_do() -> None:
    for rule in RULES:
        assert set(rule["annotations"]) == {"summary", "action"}, rule["alert"]
        assert rule["labels"]["severity"] in ("warning", "critical")
