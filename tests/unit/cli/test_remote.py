"""The service of a command: its options."""

import pytest

from tests.harness.peer import Peer
from zuko.cli.remote import Remote
from zuko.client import BusyError
from zuko.errors import SubmissionError


def test_headers_are_sent(peer: Peer) -> None:
    peer.content = b'{"problems": []}'
    with Remote(f"{peer.url}/zuko/", ("X-Tenant: a", "x-other:b:c")).connected() as client:
        assert client.problems.list() == []
    ((method, path, headers, _),) = peer.seen
    assert (method, path) == ("GET", "/zuko/api/v1/problems")
    assert (headers["x-tenant"], headers["x-other"]) == ("a", "b:c")


@pytest.mark.parametrize("header", ["name", ": value", "a\n: b", "é: b"])
def test_what_is_not_a_header(header: str) -> None:
    with pytest.raises(SubmissionError, match="is not NAME:VALUE"), Remote("http://host", (header,)).connected():
        pass


def test_a_wrong_url_names_the_option() -> None:
    with pytest.raises(SubmissionError, match="--remote: 'x' is not the URL"), Remote("x", (), "--remote").connected():
        pass


def test_nothing_is_said_of_a_service_that_stays_away(peer: Peer, capsys: pytest.CaptureFixture[str]) -> None:
    """The error that ends the command says it."""
    peer.status_code = 503
    with pytest.raises(BusyError), Remote(peer.url, ()).connected() as client:
        client.problems.list()
    assert capsys.readouterr().err == ""
