"""The runs of a submission: which files its program finds."""

import pytest

from zuko.execution.program import data_of, prepared
from zuko.languages.entry import with_entry
from zuko.languages.table import LANGUAGES
from zuko.types import SourceFile


@pytest.mark.parametrize(
    ("language", "names", "found"),
    [
        ("cpp", ["main.cpp", "more.cc", "lib/a.cpp", "a.h", "data/in.txt", "main"], ["data/in.txt"]),
        ("java", ["Main.java", "Other.class", "util/Other.class", "util/A.java", "in.txt"], ["in.txt"]),
        ("rust", ["main.rs", "shapes.rs", "in.txt"], ["in.txt"]),
        ("cpp", ["main.cpp"], []),
    ],
)
def test_a_compiled_program_finds_what_is_not_a_source(language: str, names: list[str], found: list[str]) -> None:
    row, files = prepared(LANGUAGES[language], tuple(SourceFile(name, b"class Main {}") for name in names))
    assert [file.name for file in data_of(row, files)] == found


def test_scripts_of_a_program_put_its_data_where_it_belongs() -> None:
    row = with_entry(LANGUAGES["cpp"], "", has_scripts=True)
    assert data_of(row, (SourceFile("run", b""), SourceFile("in.txt", b""))) == ()
