"""The page that says how to add a language: what it shows works."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest

import docker
from tests import ROOT
from tests.harness.pages import DOCS, blocks
from zuko.engine.engine import Engine
from zuko.execution.program import program_run
from zuko.languages.language import MIB, Language
from zuko.settings import Settings
from zuko.types import Limits, SourceFile

pytestmark = pytest.mark.long(60)

HOW_TO: Final = DOCS / "how-to" / "add-a-language.md"
SETTINGS: Final = Settings()


@pytest.fixture
def newlisp() -> Iterator[Language]:
    """Add the language of the how-to, with its row and its image, for the length of a test."""
    (row,) = blocks(HOW_TO.read_text(), "python")
    names: dict[str, tuple[Language, ...]] = {}
    exec(row, names)
    (language,) = names["ROWS"]
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
    yield replace(language, image=image)
    client = docker.from_env(timeout=60)
    client.images.remove(image, force=True)  # the engine may still be removing the sandbox
    client.close()


def test_how_to_add_a_language(engine: Engine, newlisp: Language) -> None:
    """Row and Dockerfile of the page, and nothing else."""
    with engine.start_sandbox(SETTINGS.sandbox(newlisp)) as sandbox:
        source = SourceFile(newlisp.source_name, b'(println "Hello, " (read-line))')
        run = program_run(newlisp, Limits(wall_time_ms=5000), 128 * MIB, keep=(source,), input_data=b"newLISP\n")
        result = sandbox.run(run)
    assert (result.stdout, result.exit_code) == (b"Hello, newLISP\n", 0), result
