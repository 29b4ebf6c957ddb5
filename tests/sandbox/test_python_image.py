"""The interpreter of Python's image: linked again to start faster (docker/python/link.sh), otherwise like any other."""

import json
import os
import re
import subprocess
import sys
import sysconfig
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from tests import ROOT
from tests.sandbox.warm_programs import PROGRAMS, Program, load
from zuko.engine.engine import Engine
from zuko.execution.program import program_run
from zuko.languages.table import LANGUAGES, PYTHON
from zuko.sandbox.sandbox import Sandbox
from zuko.settings import Settings
from zuko.types import Limits, RunResult, SourceFile

SETTINGS: Final = Settings(cell_max_submissions=1000)
LIBRARY: Final = "/usr/local/lib/python3.12"
FROZEN: Final = ["encodings", "encodings.aliases", "encodings.utf_8", "sitecustomize"]


@pytest.fixture
def sandbox(engine: Engine) -> Iterator[Sandbox]:
    with engine.start_sandbox(SETTINGS.sandbox(PYTHON)) as started:
        yield started


def run(sandbox: Sandbox, source: str, **others: str) -> RunResult:
    """Run a submission's program with other files."""
    files = [SourceFile("main.py", source.encode())]
    files += [SourceFile(f"{name}.py", text.encode()) for name, text in others.items()]
    limits = Limits(wall_time_ms=10_000)
    return sandbox.run(program_run(PYTHON, limits, SETTINGS.memory_bytes(PYTHON), keep=tuple(files)), more=True)


def test_start_looks_for_nothing(sandbox: Sandbox) -> None:
    """A directory that was read for an import would be among the importers."""
    result = run(sandbox, "import sys; print(*(path for path, found in sys.path_importer_cache.items() if found))")
    assert result.stdout == b"\n", (
        f"{result}; where the base image has no headers: docker rmi python:3.12-slim-trixie && make image"
    )


def test_nothing_else_is_frozen(sandbox: Sandbox) -> None:
    """Frozen modules are found before any directory, so a program could not have a module of that name."""
    code = "import _imp, json; print(json.dumps(_imp._frozen_module_names()))"
    ours = json.loads(run(sandbox, code).stdout)
    bare = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    assert sorted(set(ours) - set(json.loads(bare.stdout))) == FROZEN


def test_what_is_frozen_is_like_what_comes_from_files(sandbox: Sandbox) -> None:
    program = """
import encodings, importlib.resources, inspect, json, pkgutil, sys
found = []
for name in ("encodings", "encodings.aliases", "encodings.utf_8"):
    module = sys.modules[name]
    spec, loader = module.__spec__, module.__loader__
    found.append([repr(module), module.__file__, module.__cached__, type(loader).__name__])
    found.append([spec.origin, spec.has_location, spec.cached])
    found.append([loader.get_source(name)[:20], inspect.getsource(module)[:20]])
found.append([encodings.__path__, encodings.__spec__.submodule_search_locations, encodings.__package__])
found.append(pkgutil.get_data("encodings", "ascii.py")[:20].decode())
found.append(len(list(importlib.resources.files("encodings").iterdir())) > 100)
found.append(["é€".encode("cp1252").hex(), "bücher".encode("idna").hex(), b"\\xa4".decode("iso8859-15")])
print(json.dumps(found))
"""
    result = run(sandbox, program)
    bare = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=60)
    library = os.path.dirname(os.__file__)
    assert json.loads(result.stdout) == json.loads(bare.stdout.replace(library.encode(), LIBRARY.encode())), result


def test_a_subinterpreter_starts_without_a_word(sandbox: Sandbox) -> None:
    """No warning is printed where signals cannot be handled."""
    code = "import _xxsubinterpreters as sub\nsub.run_string(sub.create(), 'print(1, flush=True)')"
    result = run(sandbox, code)
    assert (result.stdout, result.stderr) == (b"1\n", b""), result


def test_a_traceback_shows_its_lines(sandbox: Sandbox) -> None:
    result = run(sandbox, "import encodings\nencodings.search_function(7)\n")
    lines = result.stderr.decode().splitlines()
    at = next(number for number, line in enumerate(lines) if f'File "{LIBRARY}/encodings/__init__.py", line ' in line)
    assert lines[at + 1].startswith("    "), lines


def test_a_program_s_own_modules_come_first(sandbox: Sandbox) -> None:
    """Frozen modules are found before any directory, so the rest of the library must not be frozen."""
    names = ["collections", "heapq", "queue", "random", "typing", "json", "string", "types"]
    mine = dict.fromkeys(names, "mine = True")
    result = run(sandbox, f"import {', '.join(names)}\nprint(all(each.mine for each in ({', '.join(names)})))", **mine)
    assert result.stdout == b"True\n", result


def test_the_user_has_no_packages(sandbox: Sandbox) -> None:
    result = run(sandbox, "import site, sys; print(site.ENABLE_USER_SITE, *sys.path)")
    places = f"/workspace /usr/local/lib/python312.zip {LIBRARY} {LIBRARY}/lib-dynload"
    assert result.stdout.decode() == f"False {places}\n", result
    assert ("PYTHONNOUSERSITE", "1") in LANGUAGES["python"].env


def test_numbers_may_have_many_digits(sandbox: Sandbox) -> None:
    """CPython's own limit is 4300."""
    result = run(sandbox, "n = int('7' * 5000); print(len(str(n * n)))")
    assert result.stdout == b"10000\n", result


@pytest.mark.parametrize(
    ("without", "said", "linked"),
    [
        ("rm -rf /usr/local/lib/python3.12/config-3.12-*", "linked with /usr/local/lib/libpython3.12.so.1.0", True),
        ("rm -rf /usr/local/include/python3.12", "its python3.12 is kept", False),
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
            "import _imp, sys; print('encodings' in _imp._frozen_module_names(), sys.prefix);"
            " import ctypes, decimal, math; 'é'.encode('cp1252')"
        )
        interpreter = "cp /linked/python3.12 /usr/local/bin/ 2>/dev/null; python3.12 -c"
        shell = ["docker", "run", "--rm", "--network", "none", image, "sh", "-c", f'{interpreter} "{script}"']
        ran = subprocess.run(shell, capture_output=True, text=True, timeout=60, check=False)
        assert ran.stdout == f"{linked} /usr/local\n", ran
    finally:
        subprocess.run(["docker", "rmi", image], capture_output=True, check=True)


LAST: Final = load(PROGRAMS / "last.py")


def seen(stdout: bytes, stderr: bytes, directory: str, library: str) -> list[str]:
    """Return the lines of both streams, with the paths of the sandbox and without addresses."""
    text = re.sub("0x[0-9a-f]{8,16}", "0x", (stdout + b"--\n" + stderr).decode(errors="backslashreplace"))
    return text.replace(directory, "/workspace").replace(library, LIBRARY).splitlines()


@pytest.fixture(scope="module")
def cold(engine: Engine) -> Iterator[Sandbox]:
    with engine.start_sandbox(replace(SETTINGS.sandbox(PYTHON), warm=None)) as started:
        yield started


@pytest.mark.parametrize("program", LAST, ids=lambda program: program.name)
def test_a_program_ends_as_with_the_whole_end(cold: Sandbox, tmp_path: Path, program: Program) -> None:
    """What is left away (docker/python/ending.c) cannot be seen: this machine's interpreter leaves nothing away."""
    for name, content in program.files.items():
        (tmp_path / name).write_bytes(content)
    bare = getattr(sys, "_base_executable")  # noqa: B009 - typeshed does not have it
    result = cold.run(program.run, more=True)
    expected = subprocess.run(
        [bare, "main.py"], cwd=tmp_path, env=dict(PYTHON.env), capture_output=True, timeout=60, check=False
    )
    assert result.exit_code == expected.returncode
    library = sysconfig.get_path("stdlib")
    ours = seen(result.stdout, result.stderr, "/workspace", LIBRARY)
    assert ours == seen(expected.stdout, expected.stderr, str(tmp_path), library)
