"""The exception tree. What a program does is a value (`RunResult`); what we or a caller get wrong is raised.

ZukoError
├── SubmissionError          the caller's: a field is out of bounds; names the field and the limit
│   └── UnknownLanguageError no language has the name that it gives
├── ProblemError             the problem setter's: a problem package or contest file is wrong; names the place
├── UnavailableError         nothing wrong with the submission, it cannot be run now; a later try may work
│   ├── NoCapacityError      every sandbox busy and the queue full, or the wait too long
│   ├── DrainingError        the service is shutting down
│   ├── EngineError          the Docker host cannot be used: it refuses, or is no engine
│   │   ├── HostSettingError what leads to it is set wrongly: a later try comes to the same
│   │   └── UnreachableError it does not answer
│   └── ImageMissingError    the language's image is not on the Docker host
└── SandboxError             a sandbox broke while it held a submission: our failure, never the program's
    └── ProtocolError        bytes from a sandbox that are no frame of ours
"""

from typing import Self


class ZukoError(Exception):
    """Anything that Zuko raises on purpose. The text is for people and names no path or address of the host."""


class SubmissionError(ZukoError):
    """A submission that cannot be run as it is; `field` is the name in the request."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class UnknownLanguageError(SubmissionError):
    """No language has the name that a program gives. `POST /api/v1/execute` answers it with a reason of its own."""


class ProblemError(ZukoError):
    """A problem that cannot be judged as it is; `where` is the place: a file in the package, with a key or a line.

    The text begins with the place, and places are relative to the package.
    """

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}")
        self.where = where


class UnavailableError(ZukoError):
    """The submission was not run and may be sent again; `retry_after_s` says when it makes sense."""

    retry_after_s: int = 5


class NoCapacityError(UnavailableError):
    """Every sandbox is busy and the queue is full, or this submission waited too long in it."""

    retry_after_s = 1

    @classmethod
    def of_full_line(cls, waiting: int) -> Self:
        """Return the error of a submission that finds `waiting` others in a full waiting line."""
        return cls(f"all sandboxes are busy and {waiting} submissions wait already")


class DrainingError(UnavailableError):
    """The service is shutting down: running submissions finish, new ones are refused."""


class EngineError(UnavailableError):
    """The Docker host cannot be used: it refused to make a sandbox, or is no engine."""


class HostSettingError(EngineError):
    """What leads to the Docker host (DOCKER_HOST, certificates, the secret) is set wrongly."""


class UnreachableError(EngineError):
    """The Docker host does not answer."""


class ImageMissingError(UnavailableError):
    """The image of a language is not on the Docker host."""

    retry_after_s = 30


class SandboxError(ZukoError):
    """A sandbox ended, broke or went silent while it held a submission."""


class ProtocolError(SandboxError):
    """Bytes from a sandbox that are no frame of ours."""
