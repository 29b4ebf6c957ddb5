"""Remains in a sandbox that is used again, and exit codes: the part of the corpus that can run beside other tests."""

from collections.abc import Callable

import httpx2
import pytest

from tests.corpus.running import execute
from tests.harness.server import Server
from zuko.doctor.claims import check, load

LEFTOVERS = [one for one in load() if one.kind == "leftovers"]
WHERE = {"language": "python", "code": "import socket; print(socket.gethostname())"}


@pytest.mark.parametrize("code", [0, 1, 2, 99, 126, 127, 128, 130, 134, 137, 139, 143, 159, 254, 255])
def test_an_exit_code_is_passed_on_and_nothing_is_read_into_it(api: httpx2.Client, code: int) -> None:
    """The ones that a shell or Docker gives a meaning to are the program's own all the same."""
    response = execute(api, {"language": "python", "code": f"import os; os._exit({code})"})
    assert (response["status"], response["exit_code"], response["reason"]) == (
        "RUNTIME_ERROR" if code else "OK",
        code,
        None,
    )


def test_a_used_sandbox_shows_nothing_of_the_programs_before(own_server: Callable[..., Server]) -> None:
    """Two rounds of everything that leaves something behind, all in one sandbox that is used again and again."""
    server = own_server(ZUKO_CELL_MAX_SUBMISSIONS="1000", ZUKO_CONCURRENCY="1", ZUKO_READY_SANDBOXES="1")
    first = execute(server.client, WHERE)["stdout"]
    for program in LEFTOVERS * 2:
        assert check(program, execute(server.client, program.request)) == [], program.id
        assert execute(server.client, WHERE)["stdout"] == first, f"{program.id} cost the sandbox"
