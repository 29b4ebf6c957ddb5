"""The figures that zuko-init measures, and their sources.

As in test_init.py the real binary runs under ASan and UBSan, as PID 1 of its own namespaces.
"""

import shlex
import time
from pathlib import Path

import pytest

from tests.harness.supervisor import (
    COUNTERS,
    DEVICES,
    MS,
    PROBE,
    Supervisor,
    cgroup,
    cgroup_setup,
    end_of,
)
from zuko.types import CpuSource, Outcome


@pytest.mark.parametrize("mode", ["wait", "orphan", "leave"])
def test_cpu_time_of_descendants_without_a_cgroup(direct: Supervisor, mode: str) -> None:
    """wait4 counts what was waited for, by the program or by PID 1 in its place."""
    result = direct.run("children", mode, "100")
    assert result.exit_code == 0
    assert result.usage.cpu_source is CpuSource.RUSAGE
    assert result.usage.cpu_time_ns is not None
    assert 100 * MS <= result.usage.cpu_time_ns < 400 * MS


@pytest.mark.parametrize("boxes", [False, True], ids=["container", "namespaces"])
@pytest.mark.parametrize("version", [1, 2])
def test_cpu_time_of_descendants_in_a_cgroup(version: int, boxes: bool) -> None:
    """CPU time includes all descendants, also those that were not waited for, and not the supervisor itself."""
    with (
        cgroup(version) as (group, root),
        Supervisor(cgroup=group, cgroup_root=root, setup=cgroup_setup(version, group), boxes=boxes) as init,
    ):
        init.hello()
        for mode in ("wait", "ignore", "orphan", "leave"):
            used = init.run("children", mode, "100").usage
            assert used.cpu_source.cgroup_version == version
            assert used.cpu_time_ns is not None
            assert 100 * MS <= used.cpu_time_ns < 400 * MS
        used = init.run("spin", "100").usage
        assert used.cpu_time_ns is not None
        assert 100 * MS <= used.cpu_time_ns < 300 * MS
        assert used.wall_time_ns >= 100 * MS


@pytest.mark.parametrize("boxes", [False, True], ids=["container", "namespaces"])
def test_peak_rss_is_what_was_touched(boxes: bool) -> None:
    """40 MiB more read 40 MiB more, and an earlier run's peak is not the next one's."""
    with Supervisor(binary="zuko-init", boxes=boxes) as init:
        init.hello()
        empty = init.run("touch", "0").usage.peak_rss_bytes
        large = init.run("touch", "40").usage.peak_rss_bytes
        after = init.run("touch", "0").usage.peak_rss_bytes
    assert empty is not None
    assert large is not None
    assert after is not None
    assert empty < 2 << 20
    assert abs(large - empty - (40 << 20)) < 2 << 20
    assert abs(after - empty) < 1 << 20


V2 = {"cpu.stat": "user_usec 1\nusage_usec 1000\nsystem_usec 1\n"}
V2_MEMORY = {"memory.events": "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 9\n"}
V1_MEMORY = {"memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n"}


def tree(files: dict[str, str], *, boxes: bool = False) -> str:
    """sh that makes files below /mnt/cgroup, which programs may write to below /dev: there Landlock lets them."""
    made = [
        DEVICES if boxes else "",
        "mkdir /mnt/cgroup",
        f"mount --bind /mnt/cgroup {COUNTERS if boxes else '/dev/pts'}",
    ]
    for name, content in files.items():
        path = f"/mnt/cgroup/{name}"
        made.append(f"mkdir -p {Path(path).parent}; printf %s {shlex.quote(content)} >{path}; chmod 666 {path}")
    return "\n".join(made)


@pytest.mark.parametrize(
    ("files", "source", "counts_oom_kills"),
    [
        pytest.param({}, CpuSource.RUSAGE, False, id="nothing"),
        pytest.param(V2 | V2_MEMORY, CpuSource.CGROUP_V2, True, id="v2"),
        pytest.param(V2, CpuSource.CGROUP_V2, False, id="v2 without memory"),
        pytest.param({"cpu.stat": "nr_periods 0\n"} | V2_MEMORY, CpuSource.RUSAGE, False, id="v2 without usage"),
        pytest.param({"cpu.stat": "usage_usec x\n"}, CpuSource.RUSAGE, False, id="v2 not a number"),
        pytest.param({"cpu.stat": f"usage_usec {2**64}\n"}, CpuSource.RUSAGE, False, id="v2 too large"),
        pytest.param({"cpuacct/cpuacct.usage": "1000\n"} | V1_MEMORY, CpuSource.CGROUP_V1, True, id="v1"),
        pytest.param({"cpu,cpuacct/cpuacct.usage": "1\n"}, CpuSource.CGROUP_V1, False, id="v1 cpu,cpuacct"),
        pytest.param({"cpuacct,cpu/cpuacct.usage": "1"}, CpuSource.CGROUP_V1, False, id="v1 cpuacct,cpu"),
        pytest.param({"cpuacct/cpuacct.usage": "0\n"} | V1_MEMORY, CpuSource.RUSAGE, False, id="v1 stands still"),
        pytest.param({"cpuacct/cpuacct.usage": ""}, CpuSource.RUSAGE, False, id="v1 empty"),
        pytest.param({"cpu.stat": "", "cpuacct/cpuacct.usage": "7\n"}, CpuSource.CGROUP_V1, False, id="hybrid"),
    ],
)
def test_where_cpu_time_is_read(files: dict[str, str], source: CpuSource, counts_oom_kills: bool) -> None:
    """Each result reports the source; without a counter rusage takes its place, and an unknown figure is never zero."""
    with Supervisor(setup=tree(files), cgroup_root="/mnt/cgroup") as init:
        hello = init.hello()
        assert (hello.cpu_source, hello.counts_oom_kills) == (source, counts_oom_kills)
        result = init.run("spin", "30")
        assert result.usage.cpu_source is source
        assert (result.oom_kills is None) is not counts_oom_kills
        if source is CpuSource.RUSAGE:
            assert result.usage.cpu_time_ns is not None
            assert 30 * MS <= result.usage.cpu_time_ns < 300 * MS


@pytest.mark.parametrize(
    ("files", "after"),
    [
        (V2, {"cpu.stat": "user_usec 1\nusage_usec 5001000"}),
        ({"cpuacct/cpuacct.usage": "1000000"}, {"cpuacct/cpuacct.usage": "5001000000"}),
    ],
    ids=["v2 in microseconds", "v1 in nanoseconds"],
)
def test_cpu_time_is_the_difference_less_our_own(files: dict[str, str], after: dict[str, str]) -> None:
    """5 s by a counter that the program itself moves; what zuko-init used of them is taken off."""
    ((name, content),) = after.items()
    with Supervisor(setup=tree(files), cgroup_root="/mnt/cgroup") as init:
        init.hello()
        used = init.run("/bin/sh", "-c", f"printf '{content}\\n' >/dev/pts/{name}").usage.cpu_time_ns
        assert used is not None
        assert 4900 * MS < used < 5000 * MS
        again = init.run("exit", "0").usage.cpu_time_ns
        assert again == 0  # the counter stands still, and our own never makes it negative


V2_WHOLE_CORE = {"cpu.stat": "usage_usec 1000\nnr_throttled 1\nthrottled_usec 9000\n", "cpu.max": "100000 100000\n"}
V2_KEPT_OFF = {"cpu.stat": "usage_usec 1000\nnr_throttled 5\nthrottled_usec 349000\n"}  # in four periods
V1_SHARE = {"cpu/cpu.cfs_period_us": "100000\n", "cpu/cpu.stat": "nr_throttled 0\nthrottled_time 0\n"}
V1_WHOLE_CORE = {"cpuacct/cpuacct.usage": "1000"} | V1_SHARE | {"cpu/cpu.cfs_quota_us": "100000\n"}
V1_MOMENTS = {"cpu/cpu.stat": "nr_throttled 9\nthrottled_time 9000000\n"}
V1_KEPT_OFF = {"cpu/cpu.stat": "nr_throttled 4\nthrottled_time 340000000\n"}


@pytest.mark.parametrize(
    ("files", "after", "cores", "kept_off_ms"),
    [
        pytest.param(V2_WHOLE_CORE, V2_KEPT_OFF, "0", 400, id="v2"),
        pytest.param(V1_WHOLE_CORE, V1_KEPT_OFF, "0", 400, id="v1"),
        pytest.param(V1_WHOLE_CORE, V1_MOMENTS, "0", 0, id="moments at the end of a whole share"),
        pytest.param(V2 | {"cpu.max": "50000 100000\n"}, V2_KEPT_OFF, "0", 0, id="half a core is always kept off"),
        pytest.param(V1_WHOLE_CORE, V1_KEPT_OFF, "0,1", 0, id="several cores, which its own threads use up"),
        pytest.param(V2 | {"cpu.max": "max 100000\n"}, V2_KEPT_OFF, "0", 0, id="without a limit"),
    ],
)
def test_wall_time_stands_still_while_the_core_is_lent(
    files: dict[str, str], after: dict[str, str], cores: str, kept_off_ms: int
) -> None:
    """A limit of 300 ms of wall time comes later by the time for which the kernel has kept the program off its core."""
    ((name, content),) = after.items()
    setup = f"taskset -p -c {cores} $$ >/dev/null\n{tree(files)}"
    with Supervisor(setup=setup, cgroup_root="/mnt/cgroup") as init:
        init.hello()
        began = time.monotonic()
        lent = f"printf '{content}' >/dev/pts/{name}; exec {PROBE} hang '' ''"
        result = init.run("/bin/sh", "-c", lent, wall_ms=300)
        took_ms = (time.monotonic() - began) * 1000
    assert result.outcome is Outcome.WALL_TIME
    assert result.usage.wall_time_ns >= 300 * MS
    assert took_ms >= 300 + kept_off_ms
    assert (took_ms - result.usage.wall_time_ns / MS >= 400) is (kept_off_ms == 400)


@pytest.mark.parametrize("boxes", [False, True], ids=["container", "namespaces"])
@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("exit 0", (Outcome.EXITED, 0, None)),  # a child went, the program coped
        ("exit 1", (Outcome.MEMORY, 1, None)),
        ("kill -9 $$", (Outcome.MEMORY, None, 9)),
        ("kill -11 $$", (Outcome.SIGNALLED, None, 11)),
        (f"exec {PROBE} hang '' ''", (Outcome.WALL_TIME, None, 9)),  # the first cause
    ],
)
def test_killed_for_memory_is_what_the_counter_says(
    end: str, expected: tuple[Outcome, int | None, int | None], boxes: bool
) -> None:
    """The cause is never guessed from SIGKILL: without the counter's confirmation the same end is a signal."""
    with Supervisor(setup=tree(V2 | V2_MEMORY, boxes=boxes), cgroup_root="/mnt/cgroup", boxes=boxes) as init:
        init.hello()
        without = init.run("/bin/sh", "-c", end, wall_ms=500)
        assert without.oom_kills == 0
        assert without.outcome is not Outcome.MEMORY
        count = f"printf 'oom 2\\noom_kill 2\\n' >{COUNTERS if boxes else '/dev/pts'}/memory.events"
        result = init.run("/bin/sh", "-c", f"{count}; {end}", wall_ms=500)
        assert (end_of(result), result.oom_kills) == (expected, 2)
