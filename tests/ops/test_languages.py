"""The rows of the languages: their tables in the documents, and the page that says how to add one."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import docker
from tests.service.test_docs import DOCS, ROOT, blocks, coded, table
from zuko.engine.engine import Engine
from zuko.execution.program import program_run
from zuko.languages import table as languages
from zuko.languages.table import LANGUAGES, MIB, Language, find_language, names_and_aliases, unknown_language
from zuko.settings import Settings
from zuko.types import Limits, SourceFile

PAGE: Final = DOCS / "reference" / "languages.md"
HOW_TO: Final = DOCS / "how-to" / "add-a-language.md"
SETTINGS: Final = Settings()


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


def test_names_are_unique() -> None:
    names = [name for language in LANGUAGES.values() for name in (language.name, *language.aliases)]
    assert len(names) == len(set(names))
    for language in LANGUAGES.values():
        assert all(find_language(name) is language for name in (language.name, *language.aliases))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Python", "python"),
        ("JS", "js"),
        ("pyton", "python"),
        ("node.js", "nodejs"),
        ("java8", "java"),
        ("c++17", None),
        ("typescript", None),
        ("cobol", None),
        ("", None),
    ],
)
def test_likely_language_is_suggested(name: str, meant: str | None) -> None:
    """One that is written otherwise, or nearly so; a name that only looks like another is none."""
    hint = "" if meant is None else f" (did you mean {meant}?)"
    assert unknown_language(name) == f"unknown language {name!r}{hint}; supported: {', '.join(sorted(LANGUAGES))}"
    assert meant is None or find_language(meant)


def test_long_name_of_unknown_language_is_cut() -> None:
    assert len(unknown_language("python" * 1_000_000)) < 200


def test_names_and_aliases() -> None:
    """A request may say each word of it, and it has them all."""
    words = names_and_aliases().replace("(", "").replace(")", "").replace(",", "").split()
    assert {find_language(word) for word in words} == set(LANGUAGES.values())
    assert len(words) == sum(1 + len(language.aliases) for language in LANGUAGES.values())


def test_heap_is_what_the_limit_leaves() -> None:
    java = LANGUAGES["java"]
    assert f"-Xmx{512 - java.runtime_mib}m" in java.command(512 * MIB)
    assert "-Xmx4m" in java.command(16 * MIB)  # a heap all the same: the cgroup decides


@pytest.fixture
def lua() -> Iterator[Language]:
    """The language of the how-to: its row, and its image for the time of a test."""
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


@pytest.mark.slow
def test_how_to_add_a_language(engine: Engine, lua: Language) -> None:
    """Row and Dockerfile of the page, and nothing else."""
    with engine.start_sandbox(SETTINGS.sandbox(lua)) as sandbox:
        source = SourceFile(lua.source_name, b'print("Hello, " .. io.read())')
        run = program_run(lua, Limits(wall_time_ms=5000), 128 * MIB, keep=(source,), input_data=b"Lua\n")
        result = sandbox.run(run)
    assert (result.stdout, result.exit_code) == (b"Hello, Lua\n", 0), result


def test_stage_of_the_how_to_is_the_one_of_all() -> None:
    (dockerfile,) = blocks(HOW_TO.read_text(), "dockerfile")
    stage = dockerfile[: dockerfile.index("\n\n\n")]
    assert stage in Path(ROOT / "docker" / "javascript.Dockerfile").read_text()
