"""The OpenAPI description is good for code generators: a client in TypeScript is made from it, compiled, and works."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests import ROOT
from tests.harness.server import Server

pytestmark = pytest.mark.long(30)

SOURCES: Final = ROOT / "tests" / "ops" / "typescript"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    store = tmp_path_factory.mktemp("typescript") / "store.db"
    env = {"ZUKO_STORE": f"sqlite:///{store}", "ZUKO_CONCURRENCY": "1", "ZUKO_READY_SANDBOXES": "1"}
    with Server(env) as server:
        yield server.wait_ready()


def run(*command: str, cwd: Path, code: int = 0) -> str:
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=240, check=False)
    assert result.returncode == code, result.stdout + result.stderr
    return result.stdout


def test_a_client_is_made_from_the_description(server: Server, tmp_path: Path) -> None:
    """With the packages that are locked; what contradicts the description does not compile."""
    for path in SOURCES.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)
    (tmp_path / "openapi.json").write_text(server.client.get("/openapi.json").text)
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", cwd=tmp_path)
    # Fields with a default are optional in a request: the generator takes them for required ones otherwise.
    generate = ("openapi-typescript", "openapi.json", "--default-non-nullable=false", "--output", "schema.d.ts")
    run("npx", "--no-install", *generate, cwd=tmp_path)
    compiler = ("npx", "--no-install", "tsc", "--project", ".")
    refused = run(*compiler, "--noEmit", cwd=tmp_path, code=2)
    errors = {line.partition("(")[0] for line in refused.splitlines() if "error TS" in line}
    assert errors == {"wrong.ts"}, refused
    assert "'source' does not exist" in refused
    (tmp_path / "wrong.ts").unlink()
    run(*compiler, cwd=tmp_path)
    printed = json.loads(run("node", "client.js", server.url, cwd=tmp_path))
    assert printed["languages"][0] == "python"
    assert {name: value for name, value in printed.items() if name != "languages"} == {
        "status": "OK",
        "stdout": "42\n",
        "refusal": "422 timeout must be from 1 to 20 s",
        "verdict": "AC",
        "state": "done",
    }
