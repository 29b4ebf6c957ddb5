"""The interpreter of Python's image: linked anew to start faster (docker/python/link.sh), else like any other."""

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from zuko.languages import LANGUAGES, PYTHON
from zuko.program import program_run
from zuko.sandbox import Engine, Sandbox
from zuko.settings import Settings
from zuko.types import Limits, RunResult, SourceFile

ROOT: Final = Path(__file__).parent.parent
SETTINGS: Final = Settings(sandbox_max_runs=1000)
LIBRARY: Final = "/usr/local/lib/python3.12"
FROZEN: Final = ["encodings", "encodings.aliases", "encodings.utf_8", "sitecustomize"]


@pytest.fixture
def sandbox(engine: Engine) -> Iterator[Sandbox]:
    with engine.start_sandbox(SETTINGS.sandbox(PYTHON)) as started:
        yield started


def run(sandbox: Sandbox, source: str, **others: str) -> RunResult:
    """A submission's program, with other files beside it."""
    files = [SourceFile("main.py", source.encode())]
    files += [SourceFile(f"{name}.py", text.encode()) for name, text in others.items()]
    limits = Limits(wall_time_ms=10_000)
    return sandbox.run(program_run(PYTHON, limits, SETTINGS.memory_bytes(PYTHON), keep=tuple(files)), more=True)


def test_start_looks_for_nothing(sandbox: Sandbox) -> None:
    """A directory that was read for an import would be among the importers."""
    result = run(sandbox, "import sys; print(*(path for path, found in sys.path_importer_cache.items() if found))")
    assert result.stdout == b"\n", (
        f"{result}; where the base image has no headers: docker rmi python:3.12-slim-bookworm && make image"
    )


def test_what_is_frozen_knows_its_files(sandbox: Sandbox) -> None:
    """Also of a package the other modules, which are in its directory."""
    program = """
import sys, encodings
for name in %r:
    print(sys.modules[name].__spec__.origin, sys.modules[name].__file__)
print(*encodings.__path__)
print("é€".encode("cp1252"), "bücher".encode("idna"), b"\\xa4".decode("iso8859-15"))
"""
    result = run(sandbox, program % FROZEN)
    assert result.stdout.decode().splitlines() == [
        f"frozen {LIBRARY}/encodings/__init__.py",
        f"frozen {LIBRARY}/encodings/aliases.py",
        f"frozen {LIBRARY}/encodings/utf_8.py",
        f"frozen {LIBRARY}/sitecustomize.py",
        f"{LIBRARY}/encodings",
        "b'\\xe9\\x80' b'xn--bcher-kva' €",
    ], result


def test_a_traceback_shows_its_lines(sandbox: Sandbox) -> None:
    result = run(sandbox, "import encodings\nencodings.search_function(7)\n")
    lines = result.stderr.decode().splitlines()
    at = next(number for number, line in enumerate(lines) if f'File "{LIBRARY}/encodings/__init__.py", line ' in line)
    assert lines[at + 1].startswith("    "), lines


def test_a_program_s_own_modules_come_first(sandbox: Sandbox) -> None:
    """What is frozen is found before any directory, so of the rest of the library nothing may be."""
    names = ["collections", "heapq", "queue", "random", "typing", "json", "string", "types"]
    mine = dict.fromkeys(names, "mine = True")
    result = run(sandbox, f"import {', '.join(names)}\nprint(all(each.mine for each in ({', '.join(names)})))", **mine)
    assert result.stdout == b"True\n", result


def test_the_user_has_no_packages(sandbox: Sandbox) -> None:
    result = run(sandbox, "import site, sys; print(site.ENABLE_USER_SITE, *sys.path)")
    places = f"/workspace /usr/local/lib/python312.zip {LIBRARY} {LIBRARY}/lib-dynload"
    assert result.stdout.decode() == f"False {places}\n", result
    assert ("PYTHONNOUSERSITE", "1") in LANGUAGES["python"].env


@pytest.mark.parametrize(
    ("without", "said", "linked"),
    [
        ("rm -rf /usr/local/lib/python3.12/config-3.12-*", "linked with /usr/local/lib/libpython3.12.so.1.0", True),
        ("rm -rf /usr/local/include/python3.12", "its python3.12 stays as it is", False),
    ],
    ids=["library", "no headers"],
)
def test_other_interpreters(without: str, said: str, linked: bool) -> None:
    """The official image has a shared library and no archive, Debian's and Ubuntu's own interpreter has no headers."""
    text = (ROOT / "docker" / "python.Dockerfile").read_text()
    until_linked = text[: text.index("FROM python AS root")]
    copied = "COPY --from=python /usr/local /usr/local\n"
    assert copied in until_linked
    changed = until_linked.replace(copied, f"{copied}RUN {without}\n")
    image = f"zuko-test-linked:{uuid.uuid4().hex[:8]}"
    command = ["docker", "build", "--network", "host", "-f", "-", "-t", image, "."]
    built = subprocess.run(command, cwd=ROOT, input=changed, capture_output=True, text=True, timeout=180, check=False)
    assert built.returncode == 0, built
    try:
        assert said in built.stdout + built.stderr
        script = (
            "import encodings, sys; print(encodings.__spec__.origin == 'frozen', sys.prefix);"
            " import ctypes, decimal, math; 'é'.encode('cp1252')"
        )
        interpreter = "cp /linked/python3.12 /usr/local/bin/ 2>/dev/null; python3.12 -c"
        shell = ["docker", "run", "--rm", "--network", "none", image, "sh", "-c", f'{interpreter} "{script}"']
        ran = subprocess.run(shell, capture_output=True, text=True, timeout=60, check=False)
        assert ran.stdout == f"{linked} /usr/local\n", ran
    finally:
        subprocess.run(["docker", "rmi", image], capture_output=True, check=True)
