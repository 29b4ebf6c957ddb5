"""Every language that the run is about, through a server: with the memory that clients of other judges give it."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import httpx2
import pytest

from tests.corpus.running import HELLOS, execute
from tests.harness.ahead import done_ahead
from tests.harness.tested import TESTED
from zuko.languages.language import Language

LIMIT_KB: Final = 128_000  # what clients of Judge0 and Piston send most


def hello(client: httpx2.Client, language: Language) -> dict[str, Any]:
    """Greet with so little memory; a compiler has its own limit."""
    request = {"language": language.name, "code": HELLOS[language.name], "input_data": "Zuko\n", "timeout": 10}
    return execute(client, request | {"memory_limit_kb": LIMIT_KB})


@pytest.fixture(scope="module")
def greeted(request: pytest.FixtureRequest, api: httpx2.Client) -> Iterator[Callable[[Language], dict[str, Any]]]:
    with done_ahead(request, "test_hello_with_little_memory", partial(hello, api)) as greeted:
        yield greeted


@pytest.mark.parametrize("language", TESTED, ids=lambda language: language.name)
def test_hello_with_little_memory(greeted: Callable[[Language], dict[str, Any]], language: Language) -> None:
    """The runtime of each language leaves room for a program."""
    answer = greeted(language)
    assert (answer["status"], answer["stdout"]) == ("OK", "Hello, Zuko!\n"), answer
