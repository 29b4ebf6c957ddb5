"""Properties of sandboxes, and their number."""

from typing import Annotated

from pydantic import Field

from zuko.languages.table import PYTHON, Language
from zuko.settings.group import MIB
from zuko.settings.programs import MemorySettings
from zuko.types import Isolation, SandboxSpec


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
    sleeping_runs: Annotated[
        int,
        Field(
            ge=0,
            le=64,
            description="programs that may sleep beside one that runs, on each core, while others wait; each has a"
            " sandbox with its memory. 0: a program that sleeps keeps its core",
        ),
    ] = 4
    queue_size: Annotated[int, Field(ge=0, le=1 << 16, description="submissions that may wait; more get 503")] = 128
    queue_timeout_s: Annotated[float, Field(gt=0, le=86400, description="longest wait for a sandbox, s; then 503")] = (
        10.0
    )
    drain_timeout_s: Annotated[
        float, Field(ge=0, le=86400, description="time that running submissions get at shutdown, s")
    ] = 30.0
