"""The rows of the languages: names, suggestions, commands."""

import pytest

from zuko.languages.table import (
    LANGUAGES,
    MIB,
    find_language,
    language_of_image,
    names_and_aliases,
    unknown_language,
    versions_of,
)


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
        ("c++11", "c++17"),
        ("intercal", None),
        ("", None),
    ],
)
def test_likely_language_is_suggested(name: str, meant: str | None) -> None:
    """One that is written otherwise, or nearly so; a name that only looks like another is none."""
    hint = "" if meant is None else f" (did you mean {meant}?)"
    assert unknown_language(name) == f"unknown language {name!r}{hint}; supported: {', '.join(sorted(LANGUAGES))}"
    assert meant is None or find_language(meant)


def test_every_family_has_the_version_that_its_name_means() -> None:
    for language in LANGUAGES.values():
        first, *others = versions_of(language.family)
        assert first is LANGUAGES[language.family]
        for other in others:
            assert other.name == f"{other.family}@{other.version}"
        assert len({each.version for each in (first, *others)}) == 1 + len(others)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("java", "java"),
        ("java@21", "java"),
        ("java@25", "java@25"),
        ("java25", "java@25"),
        ("java25@25", "java@25"),
        ("java21@25", "java@25"),  # an alias of the usual version is one of its name
        ("java25@21", None),
        ("py@3.12", "python"),
        ("python@3", "python"),
        ("python@3.1", None),
        ("python@", None),
        ("@3.12", None),
        ("java@25@25", None),
        ("c++23@14", "cpp23"),
    ],
)
def test_version_may_follow_a_name(name: str, meant: str | None) -> None:
    found = find_language(name)
    assert (found and found.name) == meant


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("java@8", "language 'java' has no version '8'; supported: 21, 25"),
        ("java25@21", "language 'java25' has no version '21'; supported: 25"),
        ("py@2", "language 'py' has no version '2'; supported: 3.12, 3.13"),
    ],
)
def test_message_about_an_unknown_version_has_the_known_ones(name: str, message: str) -> None:
    assert unknown_language(name) == message


def test_long_name_of_unknown_language_is_cut() -> None:
    assert len(unknown_language("python" * 1_000_000)) < 100 + len(", ".join(LANGUAGES))


def test_names_and_aliases() -> None:
    """A request may say each word of it, and it has them all."""
    words = names_and_aliases().replace("(", "").replace(")", "").replace(",", "").split()
    assert {find_language(word) for word in words} == set(LANGUAGES.values())
    assert len(words) == sum(1 + len(language.aliases) for language in LANGUAGES.values())


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("zuko-java:21", "java"),
        ("registry/try-zuko-java:25", "java@25"),
        ("zuko-cpp:14", "cpp"),
        ("zuko-java:8", None),
    ],
)
def test_language_of_image(image: str, name: str | None) -> None:
    found = language_of_image(image)
    assert (found and found.name) == name


def test_heap_is_what_the_limit_leaves() -> None:
    java = LANGUAGES["java"]
    assert f"-Xmx{512 - java.runtime_mib}m" in java.command(512 * MIB)
    assert "-Xmx4m" in java.command(16 * MIB)  # a heap all the same: the cgroup decides
