"""A request is divided into its document and its parts, and joined again as it was."""

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from zuko.submissions.parts import PART_BYTES, digest, divide, join

_TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.builds(
        lambda text: text * PART_BYTES, st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=2)
    ),
)
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), _TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=3), inner, max_size=4)),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=3), _VALUES, max_size=5))
def test_a_request_comes_back_as_it_was(request: dict[str, Any]) -> None:
    stored, parts = divide(copy.deepcopy(request))
    assert join(stored, parts.__getitem__) == request
    assert stored.hashes == parts.keys()
    assert all(digest(content) == name and len(content) >= PART_BYTES for name, content in parts.items())


def test_the_same_test_case_is_one_part() -> None:
    case = {"input": "1 " * 1000, "output": "é" * 512}
    stored, parts = divide({"code": "print()", "cases": [dict(case), dict(case)]})
    assert sorted(map(len, parts.values())) == [1024, 2000]
    assert len(stored.parts) == 4
    assert json.loads(stored.document)["cases"] == [{"input": None, "output": None}] * 2


def test_a_short_string_stays_in_the_document() -> None:
    stored, parts = divide({"code": "x" * (PART_BYTES - 1)})
    assert not parts
    assert json.loads(stored.document) == {"code": "x" * (PART_BYTES - 1)}
