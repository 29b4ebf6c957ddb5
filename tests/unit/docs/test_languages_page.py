"""docs/reference/languages.md has the rows of the languages; the how-to's image begins as all do."""

from pathlib import Path
from typing import Final

import pytest

from tests import ROOT
from tests.harness.pages import DOCS, blocks, coded, table
from zuko.languages.table import LANGUAGES, MIB, Language
from zuko.settings import Settings

HOW_TO: Final = DOCS / "how-to" / "add-a-language.md"
SETTINGS: Final = Settings()
PAGE: Final = DOCS / "reference" / "languages.md"


def row_of(language: Language, *heading: str) -> list[str]:
    (found,) = [row for row in table(PAGE, "language", *heading) if coded(row[0]) == [language.name]]
    return found[1:]


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_language_is_as_documented(language: Language) -> None:
    aliases, title, version, source, image, memory = row_of(language, "also called")
    assert tuple(coded(aliases)) == language.aliases
    assert (title, version) == (language.title, language.version)
    assert (coded(source), coded(image)) == ([language.source_name], [language.image])
    assert int(memory) * MIB == SETTINGS.memory_bytes(language)
    assert coded(row_of(language, "what is run")[-1]) == [" ".join(language.run_argv)]


@pytest.mark.parametrize("language", [each for each in LANGUAGES.values() if each.compiler], ids=lambda each: each.name)
def test_compiler_is_as_documented(language: Language) -> None:
    compiler = language.compiler
    assert compiler
    command, files, makes, memory = row_of(language, "command", "then the files that are called")
    assert coded(command) == [" ".join(compiler.argv)]
    assert coded(files) == [f"*{suffix}" for suffix in compiler.suffixes]
    assert tuple(coded(makes)) == compiler.artifacts
    assert int(memory) == language.compile_memory_mib
    assert (compiler.cpu_time_ms, compiler.wall_time_ms) == (10_000, 20_000)


def test_stage_of_the_how_to_is_the_one_of_all() -> None:
    (dockerfile,) = blocks(HOW_TO.read_text(), "dockerfile")
    stage = dockerfile[: dockerfile.index("\n\n\n")]
    assert stage in Path(ROOT / "docker" / "javascript.Dockerfile").read_text()
