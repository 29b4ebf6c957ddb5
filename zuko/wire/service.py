"""The service itself: errors of a request, the languages, the health."""

from typing import Annotated

from pydantic import BaseModel, Field


class FieldError(BaseModel):
    """One error in a request."""

    loc: Annotated[list[str | int], Field(description="body, query, path or header, then the field")]
    msg: str
    type: str


class FieldErrors(BaseModel):
    """The errors in a request: the body of 404, 408, 409, 413 and 422."""

    detail: list[FieldError]


class LanguageResponse(BaseModel):
    """One supported language."""

    name: Annotated[str, Field(description="name of the language in a request")]
    title: str
    version: Annotated[str, Field(description="version of the compiler or interpreter")]
    family: Annotated[str, Field(description="name that the versions of a language share")]
    default: Annotated[bool, Field(description="whether that name alone means this version")]
    aliases: Annotated[list[str], Field(description="other names that a request may use")]
    compile_command: Annotated[
        list[str] | None, Field(description="the compiler's command, before the sources' names; null: not compiled")
    ]
    run_command: Annotated[list[str], Field(description="the program's command, with the default memory limit")]
    memory_mib: Annotated[int, Field(description="default memory limit of a request, MiB")]


class LimitsResponse(BaseModel):
    """The limits of a request and of the program in it."""

    code_bytes: Annotated[int, Field(description="size of `code`, bytes of UTF-8")]
    input_data_bytes: Annotated[int, Field(description="size of `input_data`, bytes of UTF-8")]
    output_bytes: Annotated[int, Field(description="size of stdout, and of stderr, bytes")]
    timeout_default_s: Annotated[int, Field(description="default `timeout` of a request, s")]
    timeout_max_s: Annotated[int, Field(description="highest `timeout`, s")]
    memory_mib: Annotated[int, Field(description="memory of the sandbox, MiB; some languages have more")]
    memory_max_mib: Annotated[int, Field(description="highest `memory_limit_kb`, MiB")]
    processes: Annotated[int, Field(description="processes and threads")]


class LanguagesResponse(BaseModel):
    """The supported languages and the limits of a request."""

    languages: list[LanguageResponse]
    limits: LimitsResponse


class HealthResponse(BaseModel):
    """The process is alive."""

    status: str


class ReadyResponse(BaseModel):
    """The service's readiness: whether it can run programs, and the state of the engine and the sandboxes."""

    ready: bool
    engine_reachable: bool
    engine_version: str | None
    image_present: Annotated[bool | None, Field(description="null while the engine does not answer")]
    sandboxes_ready: int
    sandboxes_starting: int
    sandboxes_busy: int
    slots: Annotated[int, Field(description="runs that may go on at the same time")]
    waiting: Annotated[int, Field(description="submissions in the queue")]
    draining: bool
    cgroup_version: Annotated[int | None, Field(description="as the sandboxes see it; null: none, or not known yet")]
    cpu_time_source: Annotated[str | None, Field(description="cgroup_v1, cgroup_v2 or rusage; null: not known yet")]
    counts_oom_kills: Annotated[bool | None, Field(description="null: not known yet")]
    names_forbidden_syscalls: Annotated[bool | None, Field(description="null: not known yet")]
    isolation: Annotated[
        str | None,
        Field(description="what each submission has of its own: namespaces or container; null: not known yet"),
    ]
    isolation_hint: Annotated[
        str | None, Field(description="what would allow namespaces; null: they are in force, or not wanted")
    ]
    problem: Annotated[str | None, Field(description="what is wrong and how to fix it")]
    store_problem: Annotated[
        str | None,
        Field(description="why submissions cannot be stored; null: they can, or ZUKO_STORE is none"),
    ] = None
