"""The rows of the languages: names, suggestions, commands."""

import pytest

from zuko.languages.table import LANGUAGES, MIB, find_language, names_and_aliases, unknown_language


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
