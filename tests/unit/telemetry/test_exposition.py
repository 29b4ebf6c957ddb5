"""Figures of a process that serves no other HTTP."""

import socket
from contextlib import closing

import httpx2
import pytest

from zuko.telemetry import exposition
from zuko.telemetry.exposition import Exposition


def test_figures_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while a client sends nothing; its connection ends after a while."""
    monkeypatch.setattr(exposition, "TIMEOUT_S", 0.2)
    count = 0

    def render() -> bytes:
        nonlocal count
        count += 1
        return b"zuko_x %d\n" % count

    with (
        Exposition("127.0.0.1", 0, render) as served,
        closing(socket.create_connection(("127.0.0.1", served.port), 10)) as silent,
        httpx2.Client(base_url=f"http://127.0.0.1:{served.port}") as client,
    ):
        answers = [client.get("/metrics") for _ in range(2)]
        assert [answer.text for answer in answers] == ["zuko_x 1\n", "zuko_x 2\n"]
        assert answers[0].headers["content-type"].startswith("text/plain; version=0.0.4")
        assert client.get("/").status_code == 404
        assert client.post("/metrics").status_code == 501
        assert silent.recv(1) == b""
    assert count == 2
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", served.port), 10)


def test_a_failure_is_in_the_log_and_not_beside_it(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    def render() -> bytes:
        raise KeyError("a bug")

    with Exposition("127.0.0.1", 0, render) as served, pytest.raises(httpx2.HTTPError):
        httpx2.get(f"http://127.0.0.1:{served.port}/metrics")
    assert [(record.message, bool(record.exc_info)) for record in caplog.records if record.name.startswith("zuko")] == [
        ("figures could not be shown", True)
    ]
    assert capfd.readouterr().err == ""
