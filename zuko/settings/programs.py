"""Sizes and limits of programs, and of requests to judge them."""

from typing import Annotated

from pydantic import Field

from zuko.languages.table import Language
from zuko.settings.group import MIB, Group
from zuko.types import CASES_MAX


class MemorySettings(Group):
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
