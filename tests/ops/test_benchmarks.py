"""The benchmarks run, say what they claim to say, and leave nothing behind."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import docker
from benchmarks.host import BENCHMARK_LABEL, docker_options, has_docker_command
from benchmarks.table import Table, percentile
from tests import ROOT
from tests.harness.containers import orphans
from zuko.engine.engine import Engine
from zuko.languages.table import PYTHON
from zuko.settings import Settings


def test_a_table_is_aligned_and_says_which_aims_are_met() -> None:
    table = Table("sizes", ("", "KiB", "aim"))
    table.rows.append(("one", "7", table.aim("under 8", True)))
    table.rows.append(("another", "12", table.aim("under 8", False)))
    assert str(table).splitlines() == [
        "sizes",
        "-----",
        "         KiB               aim",
        "one        7      under 8: met",
        "another   12  under 8: NOT MET",
    ]
    assert table.aims_met == [True, False]


def test_a_percentile_is_a_measured_value() -> None:
    assert [percentile([5, 1, 4, 2, 3], percent) for percent in (0, 50, 99, 100)] == [1, 3, 5, 5]


@pytest.mark.skipif(not has_docker_command(), reason="there is no docker command here to compare with")
def test_docker_run_is_locked_down_as_a_sandbox_is(docker_client: docker.DockerClient, engine: Engine) -> None:
    """`docker inspect` shows the same for a container with `docker_options` and for a sandbox. Its seccomp profile is
    Docker's own, because no zuko-init confines the program."""
    spec = Settings(engine_seccomp=True).sandbox(PYTHON)
    argv = ["docker", "create", "--rm", "-i", *docker_options(spec, 0), PYTHON.image]
    created = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()
    try:
        with engine.start_sandbox(spec, 0) as sandbox:
            ours, other = (
                docker_client.api.inspect_container(container)["HostConfig"]
                for container in (sandbox.container_id, created)
            )
    finally:
        docker_client.api.remove_container(created, force=True)
    for config in (ours, other):
        config["Ulimits"] = sorted((one["Name"], one["Soft"], one["Hard"]) for one in config["Ulimits"])
        config["Tmpfs"] = {path: sorted(options.split(",")) for path, options in config["Tmpfs"].items()}
    # The command writes defaults out (restart: no) where the library sends nothing.
    same = {name for name in ours if (ours[name] or None) == (other[name] or None)}
    assert set(ours) - same <= {"ConsoleSize", "MemorySwappiness", "OomKillDisable", "RestartPolicy"}


# Programs of a tenth of the length: the samples are not looked at.
SHORT_ACCURACY = "import benchmarks.accuracy as accuracy; accuracy.TARGET_MS = 50; import benchmarks.__main__"


def test_the_accuracy_benchmark_prints_its_table_and_leaves_nothing(
    tmp_path: Path, docker_client: docker.DockerClient
) -> None:
    file = tmp_path / "tables.json"
    argv = [sys.executable, "-c", SHORT_ACCURACY, "--quick", "--only", "accuracy", "--json", str(file)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    assert "accuracy of CPU time" in done.stdout
    assert "of 4 aims met" in done.stdout
    (table,) = json.loads(file.read_text())["tables"]
    assert [row[0] for row in table["rows"]] == [
        "Zuko, idle",
        "bare interpreter, idle",
        "Zuko, beside a noisy neighbour",
        "bare interpreter, beside a noisy neighbour",
    ]
    assert not docker_client.api.containers(all=True, filters={"label": BENCHMARK_LABEL})
    deadline = time.monotonic() + 10  # for the engine to take the last ones down
    while orphans(docker_client):
        assert time.monotonic() < deadline, "containers of a service that has ended"
        time.sleep(0.1)


def test_the_judging_benchmark_prints_its_tables(tmp_path: Path) -> None:
    file = tmp_path / "tables.json"
    argv = [sys.executable, "-m", "benchmarks", "--quick", "--only", "judging", "--json", str(file)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    overhead, spread = json.loads(file.read_text())["tables"]
    assert [row[0] for row in overhead["rows"]][:2] == ["plain processes", "Zuko, one worker"]
    assert {"Zuko, one worker", "plain processes"} <= {row[0] for row in spread["rows"]}


def test_every_benchmark_is_documented() -> None:
    """The names of `--only` stand in the page's list, and its headings are of the modules' tables."""
    main = (ROOT / "benchmarks" / "__main__.py").read_text()
    names = re.findall(r'^    "(\w+)": \w+\.run,$', main, flags=re.MULTILINE)
    page = (ROOT / "docs" / "reference" / "benchmarks.md").read_text()
    (listed,) = re.findall(r"--only .*\| some: (.+) \|$", page, flags=re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", listed)) == sorted(names)
