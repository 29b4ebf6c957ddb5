"""Calls about stored problems."""

from dataclasses import dataclass
from typing import IO, Final

import httpx2

from zuko.client.program_calls import reads, reads_nothing, segment
from zuko.client.retries import Call
from zuko.wire.problems import ProblemResponse, ProblemsResponse, VerificationResponse

PATH: Final = "/api/v1/problems"
PACKAGE_S: Final = 600.0  # for the service to check and store a large package


@dataclass(frozen=True, slots=True)
class PushedProblem:
    """A problem package that was sent."""

    problem: ProblemResponse
    is_new: bool  # False: the newest version has the same files, and nothing was stored


def push(name: str, archive: IO[bytes], size_bytes: int) -> Call[PushedProblem]:
    """Return the call that stores a package. Sent twice, the same files are one version."""
    headers = {"content-type": "application/octet-stream", "content-length": str(size_bytes)}
    return Call("PUT", _path(name), _pushed, content=archive, headers=headers, allowance_s=PACKAGE_S)


def get(name: str) -> Call[ProblemResponse]:
    """Return the call that reads a problem."""
    return Call("GET", _path(name), reads(ProblemResponse))


def list_all() -> Call[ProblemsResponse]:
    """Return the call that lists the newest version of each problem."""
    return Call("GET", PATH, reads(ProblemsResponse))


def versions(name: str) -> Call[ProblemsResponse]:
    """Return the call that lists the versions of a problem."""
    return Call("GET", f"{_path(name)}/versions", reads(ProblemsResponse))


def delete(name: str) -> Call[None]:
    """Return the call that deletes all versions of a problem."""
    return Call("DELETE", _path(name), reads_nothing)


def verify(name: str) -> Call[VerificationResponse]:
    """Return the call that begins a verification."""
    return Call("POST", f"{_path(name)}/verify", reads(VerificationResponse), repeatable=False)


def verification(found: VerificationResponse, wait_s: float) -> Call[VerificationResponse]:
    """Return the call that reads a verification, when it is done or after a time."""
    # Not by its `url`: the path is ours, whatever a proxy has put before it.
    path = f"{_path(found.problem.partition('@')[0])}/verifications/{segment(found.id)}"
    return Call("GET", path, reads(VerificationResponse), (("wait", f"{wait_s:g}"),), allowance_s=wait_s)


def _path(name: str) -> str:
    return f"{PATH}/{segment(name)}"


_read_problem: Final = reads(ProblemResponse)


def _pushed(response: httpx2.Response) -> PushedProblem:
    return PushedProblem(_read_problem(response), is_new=response.status_code == httpx2.codes.CREATED)
