"""Codes of the Kattis format: each leads to a language of ours, and back."""

from zuko.languages.codes import CODES, NAMES, main_of_code
from zuko.languages.table import LANGUAGES


def test_a_code_of_several_languages_is_the_first_one_s() -> None:
    assert (NAMES["python3"], NAMES["cpp"], NAMES["java"]) == ("python", "cpp", "java")
    assert all(CODES[name] == code for code, name in NAMES.items())
    assert {each.family for each in LANGUAGES.values() if each.code} == CODES.keys()


def test_languages_of_one_code() -> None:
    assert [main_of_code(name) for name in ("pypy", "cpp17", "cpp23", "java@25")] == ["python", "cpp", "cpp", "java"]
    assert main_of_code("awk") == "awk"  # has no code
