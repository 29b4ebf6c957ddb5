"""The modules that commands load before they do anything."""

import subprocess
import sys
from pathlib import Path

from tests.harness.command import zuko
from zuko import __version__
from zuko.languages.table import CPP, LANGUAGES, language_of_file


def test_every_language_has_an_ending() -> None:
    """A source's suffix identifies its language, or the first of the languages that share it."""
    for language in LANGUAGES.values():
        found = language_of_file(f"a.b{Path(language.source_name).suffix}")
        assert found is not None
        assert Path(found.source_name).suffix == Path(language.source_name).suffix
    assert language_of_file("x.cc") == CPP
    assert language_of_file("cpp") is None
    assert language_of_file("x.") is None


def test_help_waits_for_nothing() -> None:
    """The list of commands loads neither the Docker SDK nor pydantic, and no command loads fastapi."""
    code = "import sys, zuko.cli.main; print(sorted({'docker', 'pydantic', 'rich'} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code]) == b"[]\n"
    code = "import sys, zuko.cli.run, zuko.cli.judge, zuko.cli.verify, zuko.cli.score; print('fastapi' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code]) == b"False\n"


def test_run_loads_what_starts_a_sandbox() -> None:
    """What it needs afterwards is loaded while the sandbox starts, and what other commands need is not loaded."""
    code = "import sys, zuko.cli.run; print(*sys.modules)"
    loaded = set(subprocess.check_output([sys.executable, "-c", code], text=True).split())
    later = {"asyncio", "zuko.execution.executor", "zuko.pool.pool", "zuko.pool.ondemand"}
    others = {"fastapi", "starlette", "uvicorn", "boto3", "rich", "yaml", "pydantic_settings", "zuko.problem"}
    others |= {"zuko.wire", "zuko.judge", "zuko.package", "zuko.contest", "zuko.api", "zuko.aws"}
    assert not loaded & (later | others)
    assert {"zuko.engine.engine", "zuko.settings"} <= loaded


def test_console_script() -> None:
    """`zuko` is `python -m zuko`."""
    script = Path(sys.executable).parent / "zuko"
    version = f"zuko {__version__}\n".encode()
    assert subprocess.check_output([script, "--version"]) == zuko("--version").stdout == version
