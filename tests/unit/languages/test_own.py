"""A site's own languages: which names are theirs, and when the table has them."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from zuko.errors import UnknownLanguageError
from zuko.execution.admission import admit_language
from zuko.languages.examples import example_of
from zuko.languages.language import Language
from zuko.languages.own import TAKES, add_own, own_language
from zuko.languages.table import LANGUAGES, Table, find_language
from zuko.settings import Settings


@pytest.fixture(autouse=True)
def table_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LANGUAGES, "_rows", LANGUAGES._rows)


def test_it_is_ours_but_for_names_and_image() -> None:
    own, base = own_language("cpp17-course-2"), LANGUAGES["cpp17"]
    assert own is not None
    assert (own.image, own.base, own.title) == ("zuko-cpp17-course-2:14", "cpp17", "C++17, course-2")
    assert (own.aliases, own.code, own.compiler) == ((), "", base.compiler)
    assert example_of(own) == example_of(base)


@pytest.mark.parametrize(
    "name",
    [
        *("python", "python-data", "python-", "python-A", "python-a--b", "python-a/b", "python-a:1", "python3-a"),
        *("ruby-a", "-a", "", "python-a\n", f"python-{'a' * 60}"),
    ],
)
def test_other_names(name: str) -> None:
    assert own_language(name) is None


@pytest.mark.parametrize("prefix", [None, "registry.example:5000/x-"])
def test_images_with_the_label_become_languages(prefix: str | None) -> None:
    before = list(LANGUAGES)
    there = [
        f"{prefix or ''}{each}" for each in ("zuko-python-a:3.12", "zuko-python-b:3.11", "zuko-ruby-c:13", "<none>:x")
    ]
    add_own([*there, "elsewhere/zuko-python-d:3.12"], prefix)
    assert list(LANGUAGES) == [*before, "python-a"]
    assert (admit_language("python-a@3.12").name, find_language("python-a@3")) == ("python-a", LANGUAGES["python-a"])
    add_own(there, prefix)
    assert own_language("python-a") is LANGUAGES["python-a"]
    with pytest.raises(UnknownLanguageError, match="did you mean python-a"):
        admit_language("python-aa")


def test_ready_languages_are_known_before_any_image_is_seen() -> None:
    assert Settings(ready_languages=("python", "c-course")).ready_languages == ("python", "c-course")
    assert LANGUAGES["c-course"].base == "c"


def test_a_language_is_added_while_others_go_through_the_table() -> None:
    table = Table(LANGUAGES.values())
    added = own_language("python-a")
    assert added is not None
    for language in table.values():
        table.add(added)
        assert language.name != "python-a"
    assert (list(table)[-1], len(table)) == ("python-a", len(LANGUAGES) + 1)


def test_each_takes_one_form_of_libraries() -> None:
    assert set(TAKES) <= set(LANGUAGES)


def test_no_language_is_lost_that_two_threads_add_at_a_time() -> None:
    class Slow(dict[str, Language]):
        """Takes a while to be copied."""

        def __iter__(self) -> Iterator[str]:
            time.sleep(0.05)
            return super().__iter__()

        def keys(self) -> Any:
            return [*self]

    table = Table(LANGUAGES.values())
    table._rows = Slow(table._rows)
    added = [language for name in ("python-a", "python-b") if (language := own_language(name)) is not None]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(table.add, added))
    assert {"python-a", "python-b"} <= {*table}
