"""The client as a distribution of its own, installed in an empty virtual environment, without the engine."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests import ROOT
from tests.harness.peer import peer_at_work

PROGRAM = """
import importlib.util, pkgutil, sys
import zuko
from zuko.client import Client
for found in pkgutil.walk_packages(zuko.__path__, "zuko."):
    __import__(found.name)
assert not [name for name in ("docker", "fastapi", "click", "uvicorn", "yaml") if importlib.util.find_spec(name)]
print(zuko.__file__)
with Client(sys.argv[1]) as client:
    print(client.problems.list())
"""


def run(*command: object, cwd: Path) -> str:
    env = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    words = [str(word) for word in command]
    result = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def uv() -> str:
    return run("bash", "-c", '. .tools/env && echo "$UV"', cwd=ROOT).strip()


@pytest.fixture(scope="module")
def wheel(uv: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("client")
    run(uv, "build", "--offline", "--wheel", "--out-dir", directory, ROOT / "client", cwd=directory)
    (path,) = directory.glob("zuko_client-*.whl")
    return path


def test_it_has_the_rooms_that_load_no_engine(wheel: Path) -> None:
    """Each file as it is in `zuko`, so that where both are installed, neither changes the other."""
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name.startswith("zuko/")}
    rooms = {"types", "errors", "problem", "wire", "client"}  # as tests/unit/test_layout.py has them
    assert {name.split("/")[1].removesuffix(".py") for name in files} == {"__init__", "py.typed", *rooms}
    assert {name for name in files if name.endswith(".py")} == {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "zuko").rglob("*.py")
        if path.relative_to(ROOT / "zuko").parts[0].removesuffix(".py") in {"__init__", *rooms}
    }
    assert all((ROOT / name).read_bytes() == content for name, content in files.items())


def test_it_works_without_the_engine(uv: str, wheel: Path, tmp_path: Path) -> None:
    """Installed in the versions of the lock, which `uv sync` has left in the cache."""
    locked = ("export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "--no-hashes", "--no-header")
    run(uv, *locked, "--output-file", tmp_path / "locked.txt", cwd=ROOT)
    run(uv, "venv", "--python", sys.executable, "--no-project", "environment", cwd=tmp_path)
    python = tmp_path / "environment" / "bin" / "python"
    install = ("pip", "install", "--python", python, "--constraint", "locked.txt", wheel)
    run(uv, *install, cwd=tmp_path)
    run(uv, "pip", "check", "--python", python, cwd=tmp_path)
    with peer_at_work() as peer:
        peer.content = b'{"problems": []}'
        module, answer = run(python, "-c", PROGRAM, peer.url, cwd=tmp_path).splitlines()
    assert module.startswith(str(tmp_path))
    assert answer == "[]"
