"""Figures: each is counted where it belongs, gauges are as they are now, and what is observed costs little."""

import re
import time
from collections.abc import Callable
from typing import Final

from zuko.telemetry import metrics
from zuko.telemetry.metrics import METRICS, Kind, Sample
from zuko.telemetry.prometheus import Figures
from zuko.types import CpuSource, Execution, Reason, Status, Usage

USAGE: Final = Usage(wall_time_ns=30_000_000, cpu_time_ns=20_000_000, peak_rss_bytes=1, cpu_source=CpuSource.CGROUP_V2)
RAN: Final = Execution(Status.OK, usage=USAGE, sandbox_wait_s=0.25)
OBSERVED_MAX: Final = 3  # times the CPU time of the additions alone, for all that is observed of a request


def values(figures: Figures, *samples: Sample) -> dict[str, float]:
    """Return the figures of Zuko, by their names with labels."""
    text = figures.render(samples).decode()
    pairs = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in pairs if not name.startswith("zuko_process_")}


def test_an_execution_is_counted_once() -> None:
    figures = Figures()
    figures.execution("python", RAN, 0.3)
    found = values(figures)
    assert found['zuko_executions_total{language="python",reason="",status="OK"}'] == 1
    sums = {name: found[f'zuko_{name}_seconds_sum{{language="python"}}'] for name in ("cpu_time", "wall_time")}
    assert sums == {"cpu_time": 0.02, "wall_time": 0.03}
    assert found['zuko_overhead_seconds_sum{language="python"}'] == 0.3 - 0.03
    assert found['zuko_sandbox_wait_seconds_bucket{language="python",le="0.25"}'] == 1
    assert found['zuko_sandbox_wait_seconds_bucket{language="python",le="0.1"}'] == 0


def test_what_did_not_run_has_no_times() -> None:
    figures = Figures()
    figures.execution("cpp", Execution(Status.ERROR, Reason.SANDBOX_ERROR), 1.0)
    figures.execution("cpp", Execution(Status.OK, usage=Usage(1_000_000, None, None, CpuSource.RUSAGE)), 0.0)
    figures.refused("cpp", "no_capacity")
    found = values(figures)
    assert found['zuko_executions_total{language="cpp",reason="sandbox_error",status="ERROR"}'] == 1
    assert found['zuko_executions_total{language="cpp",reason="no_capacity",status="ERROR"}'] == 1
    assert found['zuko_wall_time_seconds_count{language="cpp"}'] == 1
    assert found['zuko_overhead_seconds_sum{language="cpp"}'] == 0  # clocks differ: never negative
    assert 'zuko_cpu_time_seconds_count{language="cpp"}' not in found


def test_cases_of_a_judging_are_not_executions() -> None:
    figures = Figures()
    figures.judgement("cpp", "WA", ["AC", "AC", "WA"], 0.01)
    found = values(figures)
    assert found['zuko_judgements_total{language="cpp",verdict="WA"}'] == 1
    assert found['zuko_cases_total{language="cpp",verdict="AC"}'] == 2
    assert found['zuko_sandbox_wait_seconds_count{language="cpp"}'] == 1
    assert not [name for name in found if name.startswith("zuko_executions")]


def test_other_counters() -> None:
    figures = Figures()
    figures.request("POST", "/a", 200, received_bytes=5, sent_bytes=7)
    figures.engine_call("")
    figures.engine_call("unreachable")
    figures.claimed("execute", 0.5)
    figures.ended("execute", "done")
    figures.store_call("claim", 0.02, failed=False)
    figures.store_call("claim", 3.0, failed=True)
    found = values(figures)
    assert found['zuko_store_call_seconds_bucket{le="0.025",method="claim"}'] == 1
    assert (
        found['zuko_store_call_seconds_count{method="claim"}'],
        found['zuko_store_failures_total{method="claim"}'],
    ) == (2, 1)
    assert found['zuko_requests_total{method="POST",route="/a",status="200"}'] == 1
    assert (found['zuko_received_bytes_total{route="/a"}'], found['zuko_sent_bytes_total{route="/a"}']) == (5, 7)
    assert (found["zuko_engine_calls_total"], found['zuko_engine_failures_total{reason="unreachable"}']) == (2, 1)
    assert found['zuko_queue_wait_seconds_bucket{kind="execute",le="0.5"}'] == 1
    assert found['zuko_submissions_ended_total{kind="execute",state="done"}'] == 1


def test_gauges_are_those_of_this_moment() -> None:
    figures = Figures()
    assert values(figures, Sample(metrics.SLOTS, 2), Sample(metrics.CELLS, 3, ("i",)))['zuko_cells{image="i"}'] == 3
    found = values(figures, Sample(metrics.SLOTS, 1))
    assert found["zuko_slots"] == 1
    assert 'zuko_cells{image="i"}' not in found


def test_names_follow_prometheus() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert re.fullmatch(r"zuko_[a-z_]+", metric.name)
        assert metric.name.endswith("_total") is (metric.kind is Kind.COUNTER), metric.name
        assert bool(metric.buckets) is (metric.kind is Kind.HISTOGRAM), metric.name
        assert list(metric.buckets) == sorted(metric.buckets)
    assert {metric for metric in vars(metrics).values() if isinstance(metric, metrics.Metric)} == set(METRICS)


def test_what_is_observed_of_a_request_costs_little() -> None:
    """CPU time beside that of the same series held in variables, in turn: other work slows both down.

    The least of several measurements, as others use the caches of this core.
    """
    figures, rounds = Figures(), 1000

    def observe() -> None:
        figures.request("POST", "/api/v1/execute", 200, received_bytes=200, sent_bytes=300)
        figures.execution("python", RAN, 0.032)

    observe()
    series = [getattr(each, "inc", None) or each.observe for each in figures._series.values()]

    def add() -> None:
        for each in series:
            each(0.032)

    def cost_s(work: Callable[[], None]) -> float:
        began = time.thread_time()
        for _ in range(rounds):
            work()
        return time.thread_time() - began

    measured = [(cost_s(observe), cost_s(add)) for _ in range(5)]
    observed_s, added_s = map(min, zip(*measured, strict=True))
    assert observed_s < OBSERVED_MAX * added_s
