"""The dashboard and the alerts: promtool understands them, and alerts fire."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import yaml

from tests import ROOT
from tests.harness.alerts import ALERTS, QUERIES, RULES, expressions
from zuko.telemetry import metrics
from zuko.telemetry.metrics import METRICS, Sample
from zuko.telemetry.prometheus import Figures
from zuko.types import CpuSource, Execution, Status, Usage

# Series that make an alert fire, and for how long they have to stand.
FIRING: Final = {
    "ZukoDown": {'up{job="zuko",instance="a"}': "0x60"},
    "ZukoWithoutSlots": {'zuko_slots{instance="a"}': "0x60"},
    "ZukoEngineFails": {'zuko_engine_failures_total{instance="a",reason="unreachable"}': "0+1x60"},
    "ZukoImageMissing": {'zuko_executions_total{instance="a",language="go",reason="image_missing"}': "0+1x60"},
    "ZukoSandboxesBreak": {
        'zuko_executions_total{instance="a",reason="sandbox_error"}': "0+2x60",
        'zuko_executions_total{instance="a",reason=""}': "0+100x60",
    },
    "ZukoInternalErrors": {'zuko_requests_total{instance="a",route="/x",status="500"}': "0+1x60"},
    "ZukoFull": {'zuko_executions_total{instance="a",reason="no_capacity"}': "0+1x60"},
    "ZukoSlow": {
        'zuko_overhead_seconds_bucket{instance="a",language="python",le="0.5"}': "0+90x60",
        'zuko_overhead_seconds_bucket{instance="a",language="python",le="1.0"}': "0+100x60",
        'zuko_overhead_seconds_bucket{instance="a",language="python",le="+Inf"}': "0+100x60",
    },
    "ZukoStoreDown": {'zuko_store_up{instance="a"}': "0x60"},
    "ZukoQueueOld": {'zuko_submissions_oldest_seconds{instance="a"}': "400x60"},
    "ZukoWorkerIdle": {'zuko_worker_claiming{instance="a"}': "0x60"},
    "ZukoStoreFails": {'zuko_store_failures_total{instance="a",method="claim"}': "0+1x60"},
    "ZukoDescriptors": {
        'zuko_process_open_fds{instance="a"}': "900x60",
        'zuko_process_max_fds{instance="a"}': "1024x60",
    },
}
# And series of a service that is well, with all that the rules look at: no alert.
WELL: Final = {
    'up{job="zuko",instance="a"}': "1x60",
    'zuko_slots{instance="a"}': "2x60",
    'zuko_engine_failures_total{instance="a",reason="unreachable"}': "1x60",
    'zuko_executions_total{instance="a",reason="sandbox_error"}': "0x30 1x30",
    'zuko_executions_total{instance="a",reason=""}': "0+100x60",
    'zuko_overhead_seconds_bucket{instance="a",language="python",le="0.5"}': "0+99x60",
    'zuko_overhead_seconds_bucket{instance="a",language="python",le="1.0"}': "0+100x60",
    'zuko_overhead_seconds_bucket{instance="a",language="python",le="+Inf"}': "0+100x60",
    'zuko_store_up{instance="a"}': "1x60",
    'zuko_submissions_oldest_seconds{instance="a"}': "20x60",
    'zuko_worker_claiming{instance="a"}': "1x20 0x3 1x40",
    'zuko_store_failures_total{instance="a",method="claim"}': "2x60",
    'zuko_process_open_fds{instance="a"}': "90x60",
    'zuko_process_max_fds{instance="a"}': "1024x60",
}


def promtool(*arguments: str | Path, sent: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    found = shutil.which("promtool", path=f"{os.environ['PATH']}:{ROOT}/.tools/promtool/usr/bin")
    assert found, "no promtool here: scripts/setup.sh test unpacks it"
    return subprocess.run([found, *arguments], input=sent, capture_output=True, timeout=60, check=False)


def check_rules(directory: Path, rules: list[dict[str, Any]]) -> subprocess.CompletedProcess[bytes]:
    path = directory / "rules.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "a", "rules": rules}]}))
    return promtool("check", "rules", path)


def test_the_example_is_a_configuration() -> None:
    """With it the rules are read, too."""
    result = promtool("check", "config", ROOT / "infra" / "prometheus" / "prometheus.yml")
    assert result.returncode == 0, result.stderr
    assert f"{len(RULES)} rules found".encode() in result.stdout


def test_the_queries_of_the_dashboard_can_be_read(tmp_path: Path) -> None:
    rules = [{"record": f"query_{number}", "expr": expressions(query)} for number, query in enumerate(QUERIES)]
    result = check_rules(tmp_path, rules)
    assert result.returncode == 0, result.stderr
    wrong = check_rules(tmp_path, [{"record": "query", "expr": "sum by (zuko_slots"}])
    assert wrong.returncode != 0


def test_alerts_fire_and_a_service_that_is_well_has_none(tmp_path: Path) -> None:
    assert {rule["alert"] for rule in RULES} == set(FIRING)
    cases = [(alert, series, True) for alert, series in FIRING.items()]
    cases += [(alert, WELL, False) for alert in FIRING]
    tests = [
        {
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in series.items()],
            "promql_expr_test": [
                {
                    "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)',
                    "eval_time": "50m",
                    "exp_samples": [{"labels": "{}", "value": int(fires)}],
                }
            ],
        }
        for alert, series, fires in cases
    ]
    path = tmp_path / "test.yml"
    path.write_text(yaml.safe_dump({"rule_files": [str(ALERTS)], "evaluation_interval": "1m", "tests": tests}))
    result = promtool("test", "rules", path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_prometheus_reads_the_figures() -> None:
    """Its own linter has no objection to their names and texts."""
    figures = Figures()
    figures.request("POST", "/a", 200, received_bytes=1, sent_bytes=1)
    figures.execution("python", Execution(Status.OK, usage=Usage(1, 1, 1, CpuSource.RUSAGE), sandbox_wait_s=0.1), 0.2)
    figures.judgement("python", "AC", ["AC"], 0.1)
    figures.engine_call("refused")
    figures.claimed("execute", 1)
    figures.store_call("claim", 0.01, failed=True)
    figures.ended("execute", "done")
    gauges = [metric for metric in METRICS if metric.kind is metrics.Kind.GAUGE]
    text = figures.render(Sample(metric, 1, tuple("x" for _ in metric.labels)) for metric in gauges)
    result = promtool("check", "metrics", sent=text)
    assert (result.returncode, result.stdout + result.stderr) == (0, b"")
