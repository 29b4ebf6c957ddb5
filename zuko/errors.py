"""The exception tree. What a program does is a value (`RunResult`); errors of ours or of a caller are raised.

ZukoError
├── SubmissionError          the caller's error: a field is out of bounds; names the field and the limit
│   ├── UnknownLanguageError its language is unknown
│   ├── KeyConflictError     its Idempotency-Key was used before, for something else
│   ├── CursorError          the cursor of a list is not one
│   ├── StorageFullError     a tenant has no room for it
│   └── MissingProblemError  no stored problem has that name, or it has no such version
├── ProblemError             the problem setter's error in a package or contest file; names the place
├── UnavailableError         the submission cannot be run now, but perhaps later
│   ├── NoCapacityError      every sandbox is busy and the queue is full, or the wait was too long
│   │   └── OverLimitError   this client has what it may have; others are served
│   ├── DrainingError        the service is shutting down
│   ├── EngineError          the Docker host cannot be used: it refuses, or is not an engine
│   │   ├── HostSettingError its settings are wrong: a later try fails, too
│   │   ├── ProfileError     its AppArmor does not have the profile that a container is to get
│   │   └── UnreachableError it does not answer
│   ├── ImageMissingError    the language's image is not on the Docker host
│   ├── QueueFullError       the queue of stored submissions has no place
│   └── StoreError           the store of submissions does not answer, or cannot write
│       └── LostPartError    it does not have a part of a request or of a problem: a later try fails, too
└── SandboxError             a sandbox broke while it had a submission: our failure, never the program's
    └── ProtocolError        a sandbox sent bytes that are not a valid frame
"""

from typing import Self


class ZukoError(Exception):
    """The base class. The text is for people, and contains no path or address of the host."""


class SubmissionError(ZukoError):
    """A submission that cannot be run as it is; `field` is the name of the wrong field in the request."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class UnknownLanguageError(SubmissionError):
    """A program is in an unknown language. `POST /api/v1/execute` responds with a reason of its own."""


class KeyConflictError(SubmissionError):
    """An Idempotency-Key that was used before, for something else."""

    def __init__(self, key: str) -> None:
        super().__init__("Idempotency-Key", f"Idempotency-Key: {key[:64]!r} was used for another submission")


class CursorError(SubmissionError):
    """A cursor that is not one of this store's."""

    def __init__(self) -> None:
        super().__init__("cursor", "cursor is not one that a page of this list has given")


class MissingProblemError(SubmissionError):
    """A stored problem that does not exist, or does not have that version."""

    def __init__(self, problem: str) -> None:
        super().__init__("problem", f"problem: {problem[:80]!r} does not exist")


class ProblemError(ZukoError):
    """A problem that cannot be judged as it is; `where` is the place: a file in the package, with a key or a line.

    The text begins with the place. Places are relative to the package.
    """

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}")
        self.where = where


class UnavailableError(ZukoError):
    """The submission was not run; sending it again may work after `retry_after_s`."""

    retry_after_s: int = 5


class NoCapacityError(UnavailableError):
    """Every sandbox is busy and the queue is full, or this submission waited too long in it."""

    retry_after_s = 1

    @classmethod
    def of_full_line(cls, waiting: int) -> Self:
        """Return the error of a submission that finds `waiting` others in a full waiting line."""
        return cls(f"all sandboxes are busy and {waiting} submissions wait already")


class OverLimitError(NoCapacityError):
    """A client has passed one of its own limits: `limit` is `requests`, `runs`, `queue` or `cpu`. Others are served."""

    def __init__(self, message: str, limit: str, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.limit = limit
        self.retry_after_s = retry_after_s

    @classmethod
    def of_requests(cls, per_s: float, retry_after_s: int) -> Self:
        """Return the error of a request that comes too soon."""
        requests = f"{per_s:g} request{'' if per_s == 1 else 's'}"
        message = f"you may send {requests} a second: try again in {retry_after_s} s"
        return cls(message, "requests", retry_after_s)

    @classmethod
    def of_runs(cls, runs: int, waited_s: float) -> Self:
        """Return the error of a submission that has waited for the end of others of its client."""
        programs = f"{runs} program{'' if runs == 1 else 's'}"
        return cls(f"you may run {programs} at a time, and none ended within {waited_s:g} s", "runs")

    @classmethod
    def of_queue(cls, places: int) -> Self:
        """Return the error of a submission whose client has `places` others in a waiting line."""
        return cls(f"you may have {places} submission{'' if places == 1 else 's'} waiting at a time", "queue")

    @classmethod
    def of_cpu(cls, per_day_s: float, retry_after_s: int) -> Self:
        """Return the error of a submission whose client has used its CPU time of this day."""
        message = f"you may use {per_day_s:g} s of CPU time a day, and have; the next day begins at 00:00 UTC"
        return cls(message, "cpu", retry_after_s)


class DrainingError(UnavailableError):
    """The service is shutting down: running submissions finish, new ones are refused."""


class EngineError(UnavailableError):
    """The Docker host cannot be used: it refused to make a sandbox, or is not an engine."""


class ContainerEndedError(EngineError):
    """The container of the request is ending, or has ended."""


class HostSettingError(EngineError):
    """The settings of the Docker host are wrong: DOCKER_HOST, certificates, or the secret."""


class ProfileError(EngineError):
    """The AppArmor of the Docker host does not have the profile that a container is to get."""


class UnreachableError(EngineError):
    """The Docker host does not answer."""


class ImageMissingError(UnavailableError):
    """The image of a language is not on the Docker host."""

    retry_after_s = 30


class StorageFullError(SubmissionError):
    """A tenant has no room for what it sends."""

    def __init__(self, limit_mib: int, used_bytes: int) -> None:
        super().__init__(
            "storage",
            f"your problems and submissions may take {limit_mib} MiB (ZUKO_TENANT_STORAGE_MIB), and take"
            f" {used_bytes / (1 << 20):.1f} MiB without this: remove some",
        )


class QueueFullError(UnavailableError):
    """The queue of stored submissions has no place, of this tenant or of all."""

    def __init__(self, bound: int, *, of_tenant: bool) -> None:
        whose = "of yours " if of_tenant else ""
        super().__init__(f"at most {bound} submissions {whose}may be queued")
        self.of_tenant = of_tenant


class StoreError(UnavailableError):
    """The store of submissions does not answer, cannot write, or has the schema of another version."""


class LostPartError(StoreError):
    """The store does not have a part of a request or of a problem, or has other bytes in its place."""


class SandboxError(ZukoError):
    """A sandbox ended, broke or stopped answering while it had a submission."""


class NotBegunError(SandboxError):
    """A sandbox gave up before it began the run: the program may run in another one."""


class ProtocolError(SandboxError):
    """A sandbox sent bytes that are not a valid frame."""
