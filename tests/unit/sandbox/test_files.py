"""The names that files of a submission may have."""

import pytest

from zuko.sandbox.files import clash, directories_of, name_error

VALID = (
    *("a", "main.py", "_x", "0", "a+b-c.d", "src/main.py", "x" * 100, "a..b/c"),
    *("a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p", "/".join(["x" * 84] * 3)),
)
INVALID = (
    *("", ".", "..", "/", "/a", "a/", "a//b", "a/./b", "a/../b", "../a", ".a", "a/.b", "-a", "a/-b", "@a", "a b"),
    *("a\0b", "a\\b", "a\n", "ü", "a/b\n", "C:/a", "~/a", "\ud800"),
    *("x" * 101, "a/" * 16 + "b", "/".join(["x" * 85] * 3)),
)


@pytest.mark.parametrize("name", VALID)
def test_valid(name: str) -> None:
    assert name_error(name) is None


@pytest.mark.parametrize("name", INVALID)
def test_invalid(name: str) -> None:
    assert (name_error(name) or "").startswith("is not a valid file name")


@pytest.mark.parametrize(
    ("names", "both"),
    [
        ([], None),
        (["a", "b/a", "b/c/a", "bc"], None),
        (["a", "a/b"], "a"),
        (["x", "a/b/c", "a/b"], "a/b"),
    ],
)
def test_a_name_is_a_file_or_a_directory(names: list[str], both: str | None) -> None:
    assert clash(names) == both


def test_directories() -> None:
    assert directories_of("a/b/c") == ("a", "a/b")
    assert directories_of("a") == ()
