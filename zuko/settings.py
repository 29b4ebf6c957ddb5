"""Settings, from the environment (`ZUKO_*`). Only entry points read them; all other code gets values.

A room declares the group that it needs, such as `AdmissionSettings`, and gets the `Settings` of the process, which have
all groups. So each setting is defined in one place, the environment is read once, and a test can make a single group.

The Docker host is chosen as every Docker client chooses it: DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH.
"""

import base64
import os
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo

from zuko.languages.table import LANGUAGES, PYTHON, Language
from zuko.types import CASES_MAX, Isolation, SandboxSpec

MIB: Final = 1 << 20
GIB: Final = 1 << 30
# CPU time of the reference program (zuko/submissions/speed.py) on the machine of docs/reference/benchmarks.md, with a
# core to itself: the least of 40 runs.
REFERENCE_MS: Final = 64.4
PREFIX: Final = "ZUKO_"  # of the variables
CLIENT_VARIABLES: Final = frozenset({"ZUKO_URL"})  # of commands that talk to a service: not settings of one
_SHOWN: Final = 80  # characters of a wrong value


class _Group(BaseModel):
    """Settings of one room."""

    # A process uses one of the classes: the validators of the others are not built.
    model_config = ConfigDict(frozen=True, validate_default=True, defer_build=True)


class MemorySettings(_Group):
    """Sizes of a sandbox that requests may ask for a part of."""

    memory_limit_mib: Annotated[
        int,
        Field(ge=16, le=MIB, description="memory of a sandbox, MiB, no swap; a language that needs more has more"),
    ] = 128
    pids_limit: Annotated[int, Field(ge=4, le=1 << 22, description="processes and threads of a sandbox")] = 64
    workspace_mib: Annotated[
        int, Field(ge=1, le=MIB, description="size of /workspace, MiB of the sandbox's memory")
    ] = 64

    def memory_bytes(self, language: Language) -> int:
        """Return the memory limit of a run that does not set one."""
        return max(self.memory_limit_mib, language.memory_mib) * MIB


class AdmissionSettings(MemorySettings):
    """Sizes and limits of a submitted program."""

    timeout_default_s: Annotated[
        int, Field(ge=1, le=86400, description="wall time limit when a request names none, s")
    ] = 3
    timeout_max_s: Annotated[
        int, Field(ge=1, le=86400, description="highest wall time limit a request may name, s")
    ] = 20
    cpu_time_limit_ms: Annotated[
        int | None,
        Field(
            ge=1,
            le=86_400_000,
            description="CPU time limit of a run whose request names none, ms; unset: the wall time limit alone",
        ),
    ] = None
    code_limit_bytes: Annotated[int, Field(ge=1, le=64 * MIB, description="size of `code`, bytes of UTF-8")] = (
        256 * 1024
    )
    input_limit_bytes: Annotated[int, Field(ge=0, le=64 * MIB, description="size of `input_data`, bytes of UTF-8")] = (
        5 * MIB
    )
    output_limit_bytes: Annotated[
        int,
        Field(ge=0, le=64 * MIB, description="kept of stdout, and of stderr, bytes; more ends the program"),
    ] = MIB
    memory_limit_max_mib: Annotated[
        int, Field(ge=16, le=MIB, description="highest memory limit a request may name, MiB")
    ] = 1024
    artifacts_max: Annotated[int, Field(ge=1, le=512, description="files that an execution returns")] = 64
    artifacts_limit_bytes: Annotated[
        int, Field(ge=1, le=64 * MIB, description="files that an execution returns, together, bytes before base64")
    ] = 3 * MIB

    @property
    def memory_bounds_bytes(self) -> tuple[int, int]:
        """The lowest and the highest memory limit that a request may set."""
        return self._memory_held() * 2, self.memory_limit_max_mib * MIB

    def _memory_held(self) -> int:
        """Return the most that code, input and both outputs together can take of a sandbox's memory."""
        return self.code_limit_bytes + self.input_limit_bytes + 2 * self.output_limit_bytes


class JudgingSettings(AdmissionSettings):
    """Sizes and limits of a request to judge, in addition to those of its programs."""

    judge_cases_max: Annotated[int, Field(ge=1, le=CASES_MAX, description="test cases of a request to judge")] = 500
    judge_output_limit_bytes: Annotated[
        int, Field(ge=1024, le=64 * MIB, description="highest output limit a request to judge may name, bytes")
    ] = 16 * MIB
    judge_timeout_s: Annotated[
        float, Field(gt=0, le=86400, description="time for all cases of a request to judge, s; the rest is JE")
    ] = 300.0
    judge_workers: Annotated[
        int | None,
        Field(ge=1, le=1024, description="cases of one request judged at the same time; unset: as many as are free"),
    ] = None


class SandboxSettings(MemorySettings):
    """Properties of sandboxes."""

    cpus: Annotated[float, Field(ge=0.01, le=1024, description="cores' worth of CPU time of a sandbox")] = 1.0
    tmp_mib: Annotated[int, Field(ge=1, le=MIB, description="size of /tmp, MiB of the sandbox's memory")] = 64
    shm_mib: Annotated[int, Field(ge=1, le=MIB, description="size of /dev/shm, MiB of the sandbox's memory")] = 16
    inodes: Annotated[int, Field(ge=64, le=1 << 24, description="files in each of /workspace, /tmp and /dev/shm")] = (
        8192
    )
    open_files: Annotated[int, Field(ge=16, le=1 << 20, description="descriptors a process may have open")] = 256
    runtime: Annotated[str | None, Field(description="OCI runtime (crun, runsc); unset: the engine's default")] = None
    engine_seccomp: Annotated[
        bool,
        Field(
            description="leave the engine's own seccomp profile in force beside zuko-init's filter, instead of a"
            " shorter one of ours: a sandbox then takes a tenth more CPU time to start"
        ),
    ] = False
    compiled_cache: Annotated[
        str | None,
        Field(
            description="directory for compiled checkers, interactors and validators, which processes may share; unset:"
            " `~/.cache/zuko/compiled`, where XDG_CACHE_HOME is not set"
        ),
    ] = None
    compiled_cache_mib: Annotated[
        int,
        Field(
            ge=0,
            le=MIB,
            description="size of that directory, MiB; what was not used for longest goes; 0: nothing is kept",
        ),
    ] = 256
    image_prefix: Annotated[
        str | None,
        Field(
            pattern=r"^[a-z0-9][a-z0-9._:/-]*[/-]$",
            description="text before the name of each image: a registry with its path, or what keeps versions apart",
        ),
    ] = None
    isolation: Annotated[
        Isolation,
        Field(
            description="what each submission has of its own: `namespaces` (new kernel namespaces for each run),"
            " `container` (a container), or `auto`: the first if the Docker host allows it"
        ),
    ] = Isolation.AUTO
    cell_max_submissions: Annotated[
        int,
        Field(
            ge=1,
            le=1_000_000,
            description="submissions that a container serves, one after another, where each run has namespaces of its"
            " own",
        ),
    ] = 300
    warm_start: Annotated[
        bool,
        Field(
            description="fork programs from an interpreter that is started ahead, where the language has one and each"
            " run has namespaces of its own"
        ),
    ] = True
    sandbox_idle_s: Annotated[
        int, Field(ge=5, le=86400, description="a sandbox that hears nothing from us for this long ends, s")
    ] = 600

    def image(self, language: Language) -> str:
        """Return the name of a language's image on the Docker host."""
        return (self.image_prefix or "") + language.image

    def sandbox(self, language: Language) -> SandboxSpec:
        """Return the properties of a language's sandboxes."""
        return SandboxSpec(
            image=self.image(language),
            memory_bytes=max(self.memory_bytes(language), language.compile_memory_mib * MIB),
            pids=self.pids_limit,
            cpus=self.cpus,
            workspace_bytes=self.workspace_mib * MIB,
            tmp_bytes=self.tmp_mib * MIB,
            shm_bytes=self.shm_mib * MIB,
            inodes=self.inodes,
            open_files=self.open_files,
            idle_s=self.sandbox_idle_s,
            max_submissions=self.cell_max_submissions,
            isolation=self.isolation,
            warm=language.warm if self.warm_start else None,
            runtime=self.runtime,
            engine_seccomp=self.engine_seccomp,
        )


class PoolSettings(SandboxSettings):
    """The number of sandboxes, and the wait for one."""

    concurrency: Annotated[
        int | None,
        Field(ge=1, le=1024, description="runs at the same time; unset: one for each core of the Docker host"),
    ] = None
    pin_cores: Annotated[bool, Field(description="keep each sandbox on one core, where the host has two or more")] = (
        True
    )
    ready_languages: Annotated[
        tuple[str, ...],
        Field(description="languages whose sandboxes are ready before the first request, separated by commas"),
    ] = (PYTHON.name,)
    ready_sandboxes: Annotated[
        int, Field(ge=1, le=64, description="sandboxes started ahead of need, for each run that may go on at a time")
    ] = 2
    queue_size: Annotated[int, Field(ge=0, le=1 << 16, description="submissions that may wait; more get 503")] = 128
    queue_timeout_s: Annotated[float, Field(gt=0, le=86400, description="longest wait for a sandbox, s; then 503")] = (
        10.0
    )
    drain_timeout_s: Annotated[
        float, Field(ge=0, le=86400, description="time that running submissions get at shutdown, s")
    ] = 30.0


class TimeScale(StrEnum):
    """The machine whose time limits and figures are in."""

    OWN = "own"
    REFERENCE = "reference"


class StoreSettings(_Group):
    """Stored submissions: where they are kept, and for how long."""

    store: Annotated[
        str | None,
        Field(
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


class WebhookSettings(_Group):
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


class HttpSettings(_Group):
    """Requests and responses over HTTP."""

    keep_alive_s: Annotated[
        int,
        Field(ge=1, le=86400, description="time for which `zuko serve` keeps an idle connection of a client open, s"),
    ] = 75
    body_limit_bytes: Annotated[
        int, Field(ge=1024, le=GIB, description="size of a request's body, bytes; more is refused unread")
    ] = 12 * MIB
    judge_body_limit_bytes: Annotated[
        int, Field(ge=1024, le=GIB, description="size of the body of a request to judge, bytes; more is refused unread")
    ] = 64 * MIB
    bodies_limit_bytes: Annotated[
        int,
        Field(ge=1024, le=1024 * GIB, description="size of all bodies that are held at a time, bytes; more get 503"),
    ] = 256 * MIB
    body_timeout_s: Annotated[
        float, Field(gt=0, le=86400, description="time that a client has for sending a body, s; then 408")
    ] = 15.0
    # A response has both outputs as JSON, where a NUL takes six bytes. This limits the response, not the program.
    response_limit_bytes: Annotated[
        int, Field(ge=64 * 1024, le=GIB, description="size of a response's outputs as JSON, bytes; more is cut")
    ] = 5 * MIB
    root_path: Annotated[
        str | None, Field(pattern=r"^(/[^/]+)+$", description="path that a proxy or a custom domain puts before ours")
    ] = None
    cors_origins: Annotated[
        tuple[str, ...],
        Field(description="sites whose pages may send requests, separated by commas; `*`: any"),
    ] = ()


class HostSettings(_Group):
    """The connection to the Docker host, in addition to the variables that every Docker client reads."""

    docker_secret: Annotated[
        str | None,
        Field(description="secret of AWS Secrets Manager with the client certificate; unset: DOCKER_CERT_PATH"),
    ] = None
    allow_plain_tcp: Annotated[
        bool, Field(description="use a Docker host on TCP without TLS: anyone who can reach its port is root there")
    ] = False


class Settings(ProblemSettings, PoolSettings, StoreSettings, WebhookSettings, HttpSettings, HostSettings):
    """All settings with units, bounds and defaults. docs/reference/settings.md is checked against them.

    They come from the environment, where they are not named in the call; pydantic-settings, which does that and much
    else, takes a tenth of the time of `zuko run` to import.
    """

    model_config = ConfigDict(extra="ignore")

    def __init__(self, **named: Any) -> None:
        super().__init__(**{**self._environment(), **named})

    @classmethod
    def _environment(cls) -> dict[str, str]:
        """Return the settings that the environment has; an empty one is absent."""
        names = {f"{PREFIX}{name}".upper(): name for name in cls.model_fields}
        return {names[name.upper()]: value for name, value in os.environ.items() if value and name.upper() in names}

    @field_validator("cors_origins", "ready_languages", "webhook_secrets", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if unknown := [name for name in self.ready_languages if name not in LANGUAGES]:
            raise ValueError(
                f"ZUKO_READY_LANGUAGES: unknown language {unknown[0]!r:.{_SHOWN}}; "
                f"supported: {', '.join(sorted(LANGUAGES))}"
            )
        if not all(map(_is_secret, self.webhook_secrets)):  # a message that repeats one would put it into a log
            raise ValueError("ZUKO_WEBHOOK_SECRETS: each is `whsec_` and 24 to 64 bytes in base64, and one is not")
        if self.timeout_default_s > self.timeout_max_s:
            raise ValueError(
                f"ZUKO_TIMEOUT_DEFAULT_S: {self.timeout_default_s} is more than ZUKO_TIMEOUT_MAX_S, "
                f"{self.timeout_max_s}"
            )
        sent = self.code_limit_bytes + self.input_limit_bytes
        if not sent <= self.body_limit_bytes <= self.bodies_limit_bytes:
            raise ValueError(
                f"ZUKO_BODY_LIMIT_BYTES: {self.body_limit_bytes} is not between ZUKO_CODE_LIMIT_BYTES and "
                f"ZUKO_INPUT_LIMIT_BYTES together, {sent}, and ZUKO_BODIES_LIMIT_BYTES, {self.bodies_limit_bytes}"
            )
        if self.judge_body_limit_bytes > self.bodies_limit_bytes:
            raise ValueError(
                f"ZUKO_JUDGE_BODY_LIMIT_BYTES: {self.judge_body_limit_bytes} is more than ZUKO_BODIES_LIMIT_BYTES, "
                f"{self.bodies_limit_bytes}"
            )
        if self.memory_limit_mib > self.memory_limit_max_mib:
            raise ValueError(
                f"ZUKO_MEMORY_LIMIT_MIB: {self.memory_limit_mib} is more than ZUKO_MEMORY_LIMIT_MAX_MIB, "
                f"{self.memory_limit_max_mib}"
            )
        held = self._memory_held()
        if held > self.memory_limit_mib * MIB // 2:
            raise ValueError(
                f"ZUKO_MEMORY_LIMIT_MIB: half of {self.memory_limit_mib} is less than ZUKO_CODE_LIMIT_BYTES, "
                f"ZUKO_INPUT_LIMIT_BYTES and twice ZUKO_OUTPUT_LIMIT_BYTES together, {-(-held // MIB)} MiB"
            )
        return self

    @classmethod
    def read(cls) -> Self:
        """Return the settings of the environment.

        Wrong values end the process, with a line for each instead of the forty lines of pydantic's traceback.
        """
        try:
            return cls()
        except ValidationError as error:
            sys.stderr.write("".join(f"zuko: {line}\n" for line in cls._complaints(error)))
            raise SystemExit(2) from None

    @classmethod
    def _complaints(cls, error: ValidationError) -> Iterator[str]:
        """Yield a line for each wrong setting: its variable, its value, and the values that it may have."""
        for found in error.errors():
            if not found["loc"]:  # about several settings: the message is from `_consistent`
                yield str(found["ctx"]["error"])
                continue
            field = str(found["loc"][0])
            value, wanted = f"{found['input']!r:.{_SHOWN}}", _wanted(cls.model_fields[field])
            yield f"{PREFIX}{field.upper()}: {value} is not {wanted}"

    @classmethod
    def unknown(cls, environment: Mapping[str, str]) -> list[str]:
        """Return the variables that look like settings but are not, probably because they are misspelt."""
        known = {f"{PREFIX}{name}".upper() for name in cls.model_fields} | CLIENT_VARIABLES
        return sorted(name for name in environment if name.startswith(PREFIX) and name.upper() not in known)


def _is_secret(text: str) -> bool:
    """Return whether a text is a secret of Standard Webhooks."""
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except ValueError:
        return False
    return text.startswith("whsec_") and 24 <= len(key) <= 64


def _wanted(field: FieldInfo) -> str:
    """Return a description of the values that a setting may have."""
    if field.annotation is bool:
        return "true or false"
    if isinstance(field.annotation, type) and issubclass(field.annotation, StrEnum):
        return f"one of {', '.join(field.annotation)}"
    bounds: dict[str, Any] = {}
    for each in field.metadata:
        bounds |= {key: getattr(each, key) for key in ("ge", "gt", "le", "pattern") if hasattr(each, key)}
    if "pattern" in bounds:
        return f"of the form {bounds['pattern']}"
    kind = "a number" if field.annotation is float else "a whole number"
    lowest = f"above {bounds['gt']}, up to" if "gt" in bounds else f"from {bounds['ge']} to"
    return f"{kind} {lowest} {bounds['le']}"
