"""The routes of stored submissions and problems over a file of SQLite: the claims of every store."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness.route_claims import CLAIMS, check, name_of
from zuko.submissions.sqlite import SqliteStore


@pytest.mark.parametrize("claim", CLAIMS, ids=name_of)
def test_routes(
    claim: Callable[..., None], store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(claim, store, tmp_path, monkeypatch)
