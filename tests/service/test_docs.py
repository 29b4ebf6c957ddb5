"""The examples of the documents, run as they are against a real server."""

import json
import re
import shlex
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import docker
from tests import ROOT
from tests.harness.command import zuko
from tests.harness.pages import (
    DOCS,
    JUDGE_HOW_TO,
    PAGES_OF_THE_API,
    README,
    SANDBOX,
    blocks,
    coded,
    table,
)
from tests.harness.server import Server
from zuko.engine.confinement import QUEUES, RUNNER_GID, RUNNER_UIDS, WRITABLE
from zuko.engine.engine import Engine
from zuko.engine.seccomp import CELL_PROFILE, PROFILE
from zuko.languages.table import PYTHON
from zuko.settings import Settings
from zuko.types import Isolation


@pytest.mark.parametrize("path", sorted(PAGES_OF_THE_API))
def test_documented_pages_are_served(server: Server, path: tuple[str, str]) -> None:
    assert server.client.get(path[1], follow_redirects=True).status_code == 200


def test_curls_of_judging(server: Server) -> None:
    """The commands succeed as they are, except for the address; the streamed one sends its events in order."""
    commands = [block for block in blocks(JUDGE_HOW_TO.read_text(), "sh") if block.startswith("curl ")]
    assert len(commands) == 4
    for command in commands:
        arguments = shlex.split(command.replace("http://127.0.0.1:8000", server.url))
        output = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=True).stdout
        if "-sN" in arguments:
            assert re.findall(r"^event: (\w+)", output, flags=re.MULTILINE) == ["case"] * 3 + ["judgement"]
            output = output.strip().rpartition("data: ")[2]
        response = json.loads(output)
        assert response["verdict"] == "AC", response


def figureless(text: str) -> list[list[str]]:
    """Return text without figures, which vary. On a busy machine, `wall` stands for a share of the limit."""
    return [re.sub(r"\d+", "0", line).replace("  wall ", "  0% ").split() for line in text.splitlines()]


def test_how_to_verify_a_problem(tmp_path: Path) -> None:
    """The documented output is the real one, and the documented addition fixes the package."""
    page = DOCS / "how-to" / "verify-a-problem.md"
    package = shutil.copytree(ROOT / "tests" / "corpus" / "problems" / "products", tmp_path / "products")
    (shown,) = (block for block in blocks(page.read_text(), "text") if block.startswith("time limit"))
    result = zuko("verify", package)
    assert result.returncode == 1
    assert figureless(result.stdout.decode()) == figureless(shown)
    (added,) = (block for block in blocks(page.read_text(), "sh") if "3-large" in block)
    script = "".join(f"{line}\n" for line in added.splitlines() if "3-large" in line)
    subprocess.run(["sh", "-c", script.replace("/tmp/products", str(package))], check=True)
    result = zuko("verify", package)
    assert (result.returncode, result.stdout.splitlines()[-1]) == (0, b"4 as claimed")
    (yaml,) = (block for block in blocks(page.read_text(), "yaml") if block.startswith("problem_format"))
    assert (package / "problem.yaml").read_text().endswith(yaml)


# --- the README's example -----------------------------------------------------------------------------------------


def masked(answer: dict[str, Any]) -> dict[str, Any]:
    """Return text with its figures masked, because they differ from run to run."""
    return {key: type(value).__name__ if re.search("time|memory", key) else value for key, value in answer.items()}


def test_curl_of_the_readme(server: Server) -> None:
    """The command gives the response below it, except for the address."""
    (execute,) = [block for block in blocks(README.read_text(), "sh") if block.startswith("curl ")]
    (shown,) = blocks(README.read_text(), "json")
    response = asked(execute, server)
    assert response["stdout"] == "Hello Zuko\n"
    assert masked(response) == masked(json.loads(shown))
    assert list(response) == list(json.loads(shown))


def asked(command: str, server: Server) -> dict[str, Any]:
    """Return the response to a page's curl, sent to this server."""
    assert "http://127.0.0.1:8000/" in command
    arguments = shlex.split(command.replace("http://127.0.0.1:8000", server.url))
    result = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=True)
    response: dict[str, Any] = json.loads(result.stdout)
    return response


def test_curl_of_measurement(server: Server) -> None:
    """The page's own comparison with GNU time works and agrees in kind."""
    (command,) = blocks((DOCS / "reference" / "measurement.md").read_text(), "sh")
    arguments = shlex.split(command.replace("http://127.0.0.1:8000", server.url))
    response = json.loads(subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=True).stdout)
    assert response["status"] == "OK"
    assert "Maximum resident set size (kbytes):" in response["stderr"]


# --- the sandbox --------------------------------------------------------------------------------------------------


def inspected(engine: Engine, docker_client: docker.DockerClient, isolation: Isolation) -> dict[str, Any]:
    """Return the settings of a sandbox for Python as `docker inspect` shows them, in the page's words."""
    spec = replace(Settings().sandbox(PYTHON), isolation=isolation)
    with engine.start_sandbox(spec) as sandbox:
        config: dict[str, Any] = docker_client.api.inspect_container(sandbox.container_id)["HostConfig"]
    profile = CELL_PROFILE if isolation is Isolation.NAMESPACES else PROFILE
    config["SecurityOpt"] = [option.replace(profile, "<profile>") for option in config["SecurityOpt"]]
    config["LogConfig"] = config["LogConfig"]["Type"]
    return config


def check_settings(config: dict[str, Any], *heading: str) -> set[str]:
    """Compare a table of the page with a container's settings; return the names in its first column."""
    output = {coded(row[0])[0]: row[1] for row in table(SANDBOX, *heading)}
    for setting, value in output.items():
        literals = coded(value)
        if literals and setting != "Tmpfs":
            assert (json.loads(literals[0]) or None) == (config[setting] or None), setting
    return set(output)


def test_container_settings(engine: Engine, docker_client: docker.DockerClient) -> None:
    """sandbox.md shows what `docker inspect` shows of a cell."""
    config = inspected(engine, docker_client, Isolation.NAMESPACES)
    assert not config.get("Tmpfs")
    assert check_settings(config, "setting", "value") >= {
        "ReadonlyRootfs",
        "NetworkMode",
        "CapDrop",
        "PidsLimit",
        "Memory",
        "MemorySwap",
        "NanoCpus",
        "MaskedPaths",
    }
    limits = {coded(row[0])[0]: int(row[1]) for row in table(SANDBOX, "limit of a process")}
    assert limits == {limit["Name"]: limit["Soft"] for limit in config["Ulimits"]}
    assert limits == {limit["Name"]: limit["Hard"] for limit in config["Ulimits"]}


def test_container_settings_without_boxes(engine: Engine, docker_client: docker.DockerClient) -> None:
    """The same of a container for each submission."""
    config = inspected(engine, docker_client, Isolation.CONTAINER)
    check_settings(config, "setting without boxes", "value")
    rows = {coded(row[0])[0]: row for row in table(SANDBOX, "writable directory")}
    assert set(rows) == {*WRITABLE, QUEUES}
    assert set(config["Tmpfs"]) == set(WRITABLE)
    (options,) = (coded(row[1])[0] for row in table(SANDBOX, "setting without boxes") if coded(row[0]) == ["Tmpfs"])
    for path, actual in config["Tmpfs"].items():
        size = int(rows[path][1].removesuffix(" MiB")) << 20
        assert actual == f"{options},nr_inodes={rows[path][2]},size={size}"


def test_what_a_program_sees(server: Server) -> None:
    """Environment, user, directory and interpreter, asked from inside."""
    code = (
        "import json, os, sys; print(json.dumps([dict(os.environ), os.getcwd(), os.getuid(), os.getgid(), sys.argv]))"
    )
    environment, directory, uid, gid, argv = json.loads(server.execute(code)["stdout"])
    output = {coded(row[0])[0]: coded(row[1])[0] for row in table(SANDBOX, "environment variable")}
    assert environment == output
    text = SANDBOX.read_text()
    assert f"`{PYTHON.run_argv[0]} {argv[0]}` in `{directory}`" in text
    assert f"a uid from {RUNNER_UIDS[0]} to {RUNNER_UIDS[-1]}" in text
    assert uid in RUNNER_UIDS
    assert f"gid {gid};" in text
    assert gid == RUNNER_GID
    assert f"Signal {PYTHON.flush_signal} " in text
