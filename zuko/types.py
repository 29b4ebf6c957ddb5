"""The inner types: frozen values, each field with its unit. Imports nothing of ours."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final

FILES_MAX: Final = 64  # of a program, in addition to the main one
CASES_MAX: Final = 10_000  # of a problem
NAME_MAX_BYTES: Final = 255  # of a file's path in the workspace
NAME_PARTS_MAX: Final = 16  # of such a path: its directories, and the file
ARGUMENTS_MAX: Final = 64  # of a program
ARGUMENT_BYTES_MAX: Final = 4096  # of one of them
ARGUMENTS_BYTES_MAX: Final = 16_384  # of all of them together
PATTERNS_MAX: Final = 16  # of files to return
COMPILE_OPTIONS_MAX: Final = 32


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a submission, as it is in the workspace."""

    name: str  # a path in the workspace: 1 to 255 bytes of UTF-8, without empty parts, "." and ".."
    content: bytes
    mode: int = 0o644  # permission bits


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one run. Memory, processes and disk are limits of the whole sandbox: see `SandboxSpec`."""

    wall_time_ms: int  # > 0
    cpu_time_ms: int | None = None  # all processes of the run together; None: only wall time is limited
    stdout_bytes: int = 1 << 20  # of output that is kept; one byte more ends the run
    stderr_bytes: int = 1 << 20
    stack_bytes: int | None = None  # of the main thread; None: the sandbox's
    file_bytes: int | None = None  # of each file that it writes; None: the workspace's
    processes: int | None = None  # and threads, of the run together; None: the sandbox's


@dataclass(frozen=True, slots=True)
class Collect:
    """How many of the files that a run leaves are sent, of those in `Run.take`, whatever its outcome is."""

    files: int
    bytes: int  # of all of them together


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of one program on one input."""

    argv: tuple[str, ...]  # the first is an absolute path, or the plain name of a kept program
    limits: Limits
    files: tuple[SourceFile, ...] = ()  # for this run
    keep: tuple[SourceFile, ...] = ()  # for this and later runs, out of reach of programs
    input_data: bytes = b""  # standard input
    env: tuple[tuple[str, str], ...] = ()
    take: tuple[str, ...] = ()  # files to take from the workspace afterwards: paths, or patterns with "*", "?", "**"
    keep_taken: bool = False  # they are kept for later runs
    send_taken: bool = False  # they are returned with the result
    interactive: bool = False  # input and output are exchanged while it runs: `converse`
    linked: bool = False  # interactive, and joined with a program of the other sandbox without us in between
    collect: Collect | None = (
        None  # send what can be taken; without it, the first file that cannot be taken is an error
    )
    merge: bool = False  # standard error goes into standard output, in the order in which it is written
    streams: bool = False  # both outputs are sent while it runs
    flush_signal: int = 0  # sent at a time limit so that the runtime flushes its buffers; 0: none


class Isolation(StrEnum):
    """The parts of a sandbox that each submission has to itself."""

    AUTO = "auto"  # in settings: the best that the Docker host allows
    NAMESPACES = "namespaces"  # new kernel namespaces for each run, in a container that serves many submissions
    CONTAINER = "container"  # a new container for each submission


@dataclass(frozen=True, slots=True)
class Warm:
    """A runtime that is started ahead; programs with the same command and environment are forked from it."""

    path: str  # executed
    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    memory_bytes: int = 0  # that it holds, in addition to what a program may use


@dataclass(frozen=True, slots=True)
class SandboxSpec:
    """How to make a sandbox: the settings of every run in it."""

    image: str
    memory_bytes: int  # cgroup limit, without swap
    pids: int  # processes and threads, including zuko-init
    cpus: float  # cores' worth of CPU time a second
    workspace_bytes: int  # size of the tmpfs at /workspace
    tmp_bytes: int  # size of the tmpfs at /tmp
    shm_bytes: int  # size of the tmpfs at /dev/shm
    inodes: int  # files of each tmpfs
    open_files: int  # descriptors of one process
    idle_s: int  # the sandbox ends after this long without a frame from the host
    max_submissions: int  # that a cell serves, one after another; a container without namespaces serves one
    isolation: Isolation = Isolation.AUTO
    beside: str = ""  # the container whose network namespace it shares, so that the two can be linked; "": its own
    warm: Warm | None = None  # a runtime to keep started, where a run has namespaces of its own
    runtime: str | None = None  # OCI runtime; None: the engine's default
    engine_seccomp: bool = False  # the engine's own profile instead of zuko/engine/seccomp.py

    def warm_bytes(self, isolation: Isolation) -> int:
        """Return the memory that a runtime which is kept started holds beside the programs."""
        return self.warm.memory_bytes if self.warm is not None and isolation is Isolation.NAMESPACES else 0


class Outcome(StrEnum):
    """How a run ended: a fact, reported by the supervisor. With several causes, the first."""

    EXITED = "exited"
    SIGNALLED = "signalled"
    WALL_TIME = "wall_time"
    CPU_TIME = "cpu_time"
    OUTPUT = "output"
    MEMORY = "memory"
    FORBIDDEN_SYSCALL = "forbidden_syscall"
    NOT_STARTED = "not_started"
    STOPPED = "stopped"  # by us, as its result was not needed any more


class CpuSource(IntEnum):
    """The source of a run's CPU time. The numbers are the protocol's."""

    RUSAGE = 0
    CGROUP_V1 = 1
    CGROUP_V2 = 2

    @property
    def cgroup_version(self) -> int | None:
        """1 or 2; None if the sandbox sees no cgroup."""
        return self.value or None


class FilterMode(IntEnum):
    """The capability of zuko-init's system call filter. The numbers are the protocol's."""

    KILL = 1  # ends the process; the call's name is not known
    NOTIFY = 2  # ends the run; the call's name is known


@dataclass(frozen=True, slots=True)
class Hello:
    """A sandbox's report when it is ready for its first run."""

    cpu_source: CpuSource
    filter_mode: FilterMode
    counts_oom_kills: bool
    uid: int  # the user that programs run as
    isolation: Isolation = Isolation.CONTAINER  # in force
    refusal: str = ""  # why namespaces were asked for and are not in force: the step and its error


@dataclass(frozen=True, slots=True)
class Usage:
    """The resources that a run used. None means "could not be measured", never zero."""

    # Monotonic clock, from before the fork to the end of the main process; of a linked run without the time in which
    # the other program had the word.
    wall_time_ns: int
    cpu_time_ns: int | None  # all processes of the run, dead or alive
    peak_rss_bytes: int | None  # ru_maxrss of the largest process that was waited for
    cpu_source: CpuSource


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that was to be collected, and was not."""

    name: str  # as the program chose it; "": more of them than are reported
    why: str


@dataclass(frozen=True, slots=True)
class RunResult:
    """The end, the usage and the output of a run."""

    outcome: Outcome
    usage: Usage
    exit_code: int | None  # None: it did not exit on its own
    signal: int | None  # None: not ended by a signal
    oom_kills: int | None  # processes that the kernel killed for memory; None: not counted here
    # The forbidden call, the step that failed before the start, or the file that cannot be taken; what it did at its
    # wall time limit (`zuko.execution.conclude`); or "".
    detail: str
    stdout: bytes
    stderr: bytes
    stdout_truncated: bool
    stderr_truncated: bool
    interleaved: bytes = b""  # of a run that `streams`: both outputs in the order in which the supervisor read them
    reusable: bool = False  # the sandbox is ready for another run
    heard_end: bool = False  # of an interactive run: it had read all, waited for more, and read the other's end
    files: tuple[SourceFile, ...] = ()  # files that were taken, if the run asked for them
    skipped: tuple[SkippedFile, ...] = ()  # files that were not collected


class Status(StrEnum):
    """The status of an execution in the API."""

    OK = "OK"
    RUNTIME_ERROR = "RUNTIME_ERROR"
    TIMEOUT = "TIMEOUT"
    COMPILE_ERROR = "COMPILE_ERROR"  # only for compiled languages
    ERROR = "ERROR"


class Reason(StrEnum):
    """Why an execution did not exit normally: the values of the API's `reason`."""

    WALL_TIME_LIMIT = "wall_time_limit"
    CPU_TIME_LIMIT = "cpu_time_limit"
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"
    SIGNAL = "signal"
    FORBIDDEN_SYSCALL = "forbidden_syscall"
    COMPILE_FAILED = "compile_failed"
    SANDBOX_ERROR = "sandbox_error"
    UNSUPPORTED_LANGUAGE = "unsupported_language"
    NO_CAPACITY = "no_capacity"
    SHUTTING_DOWN = "shutting_down"
    ENGINE_UNAVAILABLE = "engine_unavailable"
    IMAGE_MISSING = "image_missing"
    STORE_UNAVAILABLE = "store_unavailable"
    INTERNAL_ERROR = "internal_error"


@dataclass(frozen=True, slots=True)
class Execution:
    """The complete result of a submission, before it becomes JSON."""

    status: Status
    reason: Reason | None = None
    message: str | None = None
    stdout: str = ""
    stderr: str = ""
    exit_code: int | None = None  # 128 + n for signal n; None: nothing ran
    usage: Usage | None = None  # None: nothing ran
    stdout_truncated: bool = False
    stderr_truncated: bool = False
    compile_output: str | None = None  # output of the compiler; None: nothing was compiled
    output: str | None = None  # both outputs, in the order in which they came; None: not asked for
    raw_output: bool = False  # the outputs are sent as base64, from the bytes of `result`
    artifacts: tuple[SourceFile, ...] | None = None  # files that it wrote; None: not asked for
    skipped: tuple[SkippedFile, ...] = ()  # files that were asked for and are not among them
    result: RunResult | None = field(default=None, compare=False, repr=False)  # with the outputs as bytes; None: no run
    sandbox_wait_s: float | None = field(default=None, compare=False)  # until it had its sandbox; None: it had none
