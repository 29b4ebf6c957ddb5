"""The parts of languages.md that are not generated, and the image of the how-to, which begins like all others."""

from pathlib import Path
from typing import Final

from tests import ROOT
from tests.harness.pages import DOCS, blocks
from zuko.languages.table import LANGUAGES

HOW_TO: Final = DOCS / "how-to" / "add-a-language.md"
PAGE: Final = DOCS / "reference" / "languages.md"


def test_compilers_have_the_documented_time() -> None:
    """The sentences below the tables of languages.md; the tables are written from the rows."""
    cpu_time_ms = {"kotlin": 15_000}
    for name, language in LANGUAGES.items():
        if language.compiler:
            expected = (cpu_time_ms.get(name, 10_000), 20_000)
            assert (language.compiler.cpu_time_ms, language.compiler.wall_time_ms) == expected
    page = PAGE.read_text()
    assert "A compilation may take 10 s of CPU time and 20 s in all" in page
    assert "the compiler may take 15 s of CPU time" in page


def test_stage_of_the_how_to_is_the_one_of_all() -> None:
    (dockerfile,) = blocks(HOW_TO.read_text(), "dockerfile")
    stage = dockerfile[: dockerfile.index("\n\n\n")]
    assert stage in Path(ROOT / "docker" / "javascript.Dockerfile").read_text()
