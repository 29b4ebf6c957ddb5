"""`zuko score` as a user runs it, in a separate process."""

import json
from pathlib import Path
from typing import Final

from tests.harness.command import rows, zuko

EVENTS: Final = b"""\
{"team": "Ada", "problem": "A", "time_s": 754.2, "verdict": "AC", "points": 100}
{"team": "Bob", "problem": "A", "time_s": 900, "verdict": "WA", "points": 40}
{"team": "Bob", "problem": "A", "time_s": 1954, "verdict": "AC", "points": 100}
"""


def test_score() -> None:
    result = zuko("score", "-", "--rules", "icpc", given=EVENTS)
    assert result.returncode == 0
    _, _, ada, bob = rows(result.stdout)
    assert ada == ["1", "Ada", "1", "12", "*", "12"]
    assert bob == ["2", "Bob", "1", "52", "+1", "32"]  # minute 32, and 20 for the rejected one


def test_score_frozen_and_unfrozen() -> None:
    frozen = zuko("score", "-", "-r", "icpc", "--freeze", "20", given=EVENTS)
    assert rows(frozen.stdout)[3] == ["2", "Bob", "0", "0", "-1", "?1"]
    unfrozen = zuko("score", "-", "-r", "icpc", "--freeze", "20", "--unfreeze", given=EVENTS)
    assert unfrozen.stdout == zuko("score", "-", "-r", "icpc", given=EVENTS).stdout


def test_score_writes_a_page_and_json(tmp_path: Path) -> None:
    events, page, data = tmp_path / "events.jsonl", tmp_path / "board.html", tmp_path / "board.json"
    events.write_bytes(EVENTS)
    result = zuko("score", events, "-r", "points", "--html", page, "--json", data, "--title", "Finals <1>")
    assert result.returncode == 0
    assert "<title>Finals &lt;1&gt;</title>" in page.read_text()
    board = json.loads(data.read_text())
    assert [row["points"] for row in board["rows"]] == [100, 100]
    assert json.loads(zuko("score", events, "-r", "points", "--json", "-").stdout) == board
    assert zuko("score", events, "-r", "points", "--html", tmp_path / "no/where").returncode == 2


def test_score_names_the_line() -> None:
    result = zuko("score", "-", "-r", "ioi", given=EVENTS + b'{"team": "Ada"}\n')
    assert result.returncode == 2
    assert result.stderr == b"zuko: -, line 4: problem: is missing\n"
