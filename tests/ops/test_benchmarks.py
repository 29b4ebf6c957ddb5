"""The benchmarks run, say what they claim to say, and leave nothing behind."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

import docker
from benchmarks.host import BENCHMARK_LABEL, docker_options, has_docker_command
from tests import ROOT
from tests.harness.containers import orphans
from zuko.engine.engine import Engine
from zuko.languages.table import PYTHON
from zuko.settings import Settings

pytestmark = pytest.mark.long(45)


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
    assert "of 6 aims met" in done.stdout
    (table,) = json.loads(file.read_text())["tables"]
    assert [row[0] for row in table["rows"]] == [
        "Zuko, idle",
        "bare interpreter, idle",
        "Zuko, beside a noisy neighbour",
        "bare interpreter, beside a noisy neighbour",
        "Zuko, beside programs that sleep",
        "bare interpreter, beside programs that sleep",
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
