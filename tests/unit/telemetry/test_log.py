"""A log that says what is wrong, and not only that."""

import logging

import pytest

from zuko.telemetry.log import RepeatFilter


def test_a_line_comes_seldom(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same line once a minute; another one at once."""
    clock = 1000.0
    monkeypatch.setattr("zuko.telemetry.log.time.monotonic", lambda: clock)
    log = logging.getLogger("tests.seldom")
    log.addFilter(RepeatFilter(60))
    for step in range(100):
        clock = 1000.0 + 2 * step
        log.warning("no answer from %s", "a")
        if step == 5:
            log.warning("no answer from %s", "b")
    assert caplog.messages == [f"no answer from {host}" for host in "abaaa"]
