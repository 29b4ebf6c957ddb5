"""Stored submissions and problems, and webhooks."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from zuko.settings.group import GIB, MIB, Group
from zuko.settings.programs import JudgingSettings

# CPU time of the reference program (zuko/submissions/speed.py) on the machine of docs/reference/benchmarks.md, with a
# core to itself: the least of 40 runs.
REFERENCE_MS: Final = 64.4


class TimeScale(StrEnum):
    """The machine whose time limits and figures are in."""

    OWN = "own"
    REFERENCE = "reference"


class StoreSettings(Group):
    """Stored submissions: where they are kept, and for how long."""

    store: Annotated[
        str | None,
        Field(
            repr=False,  # a URL may have a password
            pattern=r"^(sqlite:///.+|postgres(ql)?://.+|aws://.+|none)$",
            description="where submissions are kept: sqlite:///PATH, postgresql://…,"
            " aws://TABLE?bucket=BUCKET&queue=QUEUE, or none;"
            " unset: a file of the user's, `~/.local/state/zuko/submissions.db`, where XDG_STATE_HOME is not set",
        ),
    ] = None
    submissions_max: Annotated[
        int, Field(ge=1, le=100_000_000, description="submissions that may be queued; more get 503")
    ] = 1_000_000
    submissions_tenant_max: Annotated[
        int, Field(ge=1, le=100_000_000, description="submissions of one tenant that may be queued; more get 429")
    ] = 100_000
    submissions_keep_s: Annotated[
        float, Field(ge=60, le=10 * 365 * 86400, description="an ended submission is kept for this long, s")
    ] = 30 * 86400
    tenant_storage_mib: Annotated[
        int | None,
        Field(
            ge=1,
            le=1 << 30,
            description="problems and submissions of one tenant that may be kept, MiB; more get 413; unset: no bound",
        ),
    ] = None
    tenant_header: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9-]+$",
            description="header by which whatever stands in front tells users apart, who share the queue fairly and"
            " see their own submissions alone; unset: all are one",
        ),
    ] = None
    worker_slots: Annotated[
        int | None,
        Field(ge=0, le=1024, description="stored submissions done at a time by this process; unset: as many as runs"),
    ] = None
    time_scale: Annotated[
        TimeScale,
        Field(
            description="whose time limits and figures of stored submissions are in: this machine's (`own`), or the"
            " `reference` machine's, by the speed that each worker measures"
        ),
    ] = TimeScale.OWN
    reference_ms: Annotated[
        float,
        Field(gt=0, le=60_000, description="CPU time of the reference program on the machine whose times count, ms"),
    ] = REFERENCE_MS


class ProblemSettings(JudgingSettings):
    """The size of the packages of stored problems, and of what a process keeps of them to judge by."""

    package_limit_bytes: Annotated[
        int, Field(ge=1024, le=4 * GIB, description="size of the archive of a problem package that is sent, bytes")
    ] = 256 * MIB
    package_unpacked_bytes: Annotated[
        int, Field(ge=1024, le=GIB, description="size of all files of a problem package that is sent, bytes")
    ] = 512 * MIB
    package_files_max: Annotated[
        int, Field(ge=1, le=50_000, description="files and directories of a problem package that is sent")
    ] = 20_000
    package_timeout_s: Annotated[
        float, Field(gt=0, le=86400, description="time that a client has for sending a problem package, s; then 408")
    ] = 300.0
    problem_cache: Annotated[
        str | None,
        Field(
            description="directory for the files of stored problems that this process judges by, which others may"
            " share; unset: `~/.cache/zuko/problems`, where XDG_CACHE_HOME is not set"
        ),
    ] = None
    problem_cache_mib: Annotated[
        int, Field(ge=1, le=64 * MIB, description="size of that directory, MiB; what was not used for longest goes")
    ] = 4096
    problem_memory_mib: Annotated[
        int,
        Field(ge=0, le=MIB, description="test cases of stored problems kept in memory for the next submission, MiB"),
    ] = 256


class WebhookSettings(Group):
    """The webhooks of stored submissions."""

    webhook_secrets: Annotated[
        tuple[str, ...],
        Field(
            repr=False,
            description="secrets that webhooks are signed with, separated by commas: `whsec_` and 24 to 64 bytes in"
            " base64; two while one replaces the other; none: submissions with webhooks are refused",
        ),
    ] = ()
    webhook_allow_private: Annotated[
        bool, Field(description="send webhooks to addresses that are not public, too: loopback, private networks")
    ] = False
