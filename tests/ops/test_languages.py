"""The page that says how to add a language: what it shows works."""

import subprocess
from collections.abc import Iterator
from typing import Final

import pytest

import docker
from tests import ROOT
from tests.harness.pages import DOCS, blocks
from zuko.engine.engine import Engine
from zuko.execution.program import program_run
from zuko.languages import table as languages
from zuko.languages.table import MIB, Language
from zuko.settings import Settings
from zuko.types import Limits, SourceFile

HOW_TO: Final = DOCS / "how-to" / "add-a-language.md"
SETTINGS: Final = Settings()


@pytest.fixture
def lua() -> Iterator[Language]:
    """Add the language of the how-to, with its row and its image, for the length of a test."""
    (row,) = blocks(HOW_TO.read_text(), "python")
    names = dict(vars(languages))
    exec(row, names)
    language = names["LUA"]
    (dockerfile,) = blocks(HOW_TO.read_text(), "dockerfile")
    image = f"{language.image}-test"
    built = subprocess.run(
        ["docker", "build", "-q", "-f", "-", "-t", image, "."],
        cwd=ROOT,
        input=dockerfile,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    yield Language(**{**{field: getattr(language, field) for field in Language.__slots__}, "image": image})
    client = docker.from_env(timeout=60)
    client.images.remove(image, force=True)  # the engine may still be removing the sandbox
    client.close()


def test_how_to_add_a_language(engine: Engine, lua: Language) -> None:
    """Row and Dockerfile of the page, and nothing else."""
    with engine.start_sandbox(SETTINGS.sandbox(lua)) as sandbox:
        source = SourceFile(lua.source_name, b'print("Hello, " .. io.read())')
        run = program_run(lua, Limits(wall_time_ms=5000), 128 * MIB, keep=(source,), input_data=b"Lua\n")
        result = sandbox.run(run)
    assert (result.stdout, result.exit_code) == (b"Hello, Lua\n", 0), result
