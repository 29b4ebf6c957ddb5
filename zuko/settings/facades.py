"""Façades: interfaces of other systems."""

from typing import Annotated, Final

from pydantic import Field

from zuko.settings.group import GIB, MIB, Group

FACADES: Final = ("piston", "judge0", "sandboxfusion", "jobe")  # zuko/api/compat/mount.py has them


class FacadeSettings(Group):
    """Façades: which are switched on, and the limits of each, which its clients expect."""

    facades: Annotated[
        tuple[str, ...],
        Field(description=f"interfaces of other systems to serve, separated by commas: {', '.join(FACADES)}"),
    ] = ()
    facade_queue_size: Annotated[
        int,
        Field(
            ge=0,
            le=1 << 16,
            description="requests of façades that may wait, in front of the queue, of which they get half",
        ),
    ] = 4096
    piston_timeout_max_s: Annotated[
        int, Field(ge=1, le=86400, description="Piston: highest `run_timeout` that a request may name, s")
    ] = 60
    piston_queue_timeout_s: Annotated[
        float, Field(gt=0, le=86400, description="Piston: longest wait for a sandbox, s; then 429")
    ] = 300.0
    piston_body_limit_bytes: Annotated[
        int, Field(ge=1024, le=GIB, description="Piston: size of a request's body, bytes; more is refused unread")
    ] = 32 * MIB
    piston_files_limit_bytes: Annotated[
        int, Field(ge=1, le=64 * MIB, description="Piston: size of the program, and of all other files, bytes")
    ] = 16 * MIB
    piston_any_version: Annotated[
        bool,
        Field(
            description="Piston: run a program whose version is not here with the language's usual one, not refuse it"
        ),
    ] = True
    judge0_tokens: Annotated[
        tuple[str, ...],
        Field(
            repr=False,
            description="Judge0: tokens of which a request must have one as `X-Auth-Token`, separated by commas; none:"
            " no token is asked for",
        ),
    ] = ()
    judge0_admin_tokens: Annotated[
        tuple[str, ...],
        Field(
            repr=False,
            description="Judge0: tokens of which a request to list or to delete submissions must have one as"
            " `X-Auth-User`, separated by commas; none: such requests are refused",
        ),
    ] = ()
    judge0_callback_hosts: Annotated[
        tuple[str, ...],
        Field(
            description="Judge0: hosts that `callback_url` may name, with a port where it is not the usual one,"
            " separated by commas; an address that is not public must be listed itself; none: callbacks are refused",
        ),
    ] = ()
    judge0_signal_statuses: Annotated[
        bool,
        Field(
            description="Judge0: a program that a signal ends has the documented status, 7 to 10 or 12, instead of 11,"
            " which Judge0 itself gives"
        ),
    ] = False
    judge0_keep_files: Annotated[
        bool,
        Field(
            description="Judge0: keep the files that each program leaves, for `post_execution_filesystem`, also where"
            " `fields` of the request to run it does not name that"
        ),
    ] = False
    judge0_body_limit_bytes: Annotated[
        int, Field(ge=1024, le=GIB, description="Judge0: size of a request's body, bytes; more is refused unread")
    ] = 32 * MIB
    sandboxfusion_timeout_max_s: Annotated[
        int, Field(ge=1, le=86400, description="SandboxFusion: highest `run_timeout`, s; a higher one is lowered to it")
    ] = 60
    sandboxfusion_body_limit_bytes: Annotated[
        int,
        Field(ge=1024, le=GIB, description="SandboxFusion: size of a request's body, bytes; more is refused unread"),
    ] = 32 * MIB
    sandboxfusion_files_limit_bytes: Annotated[
        int, Field(ge=1, le=64 * MIB, description="SandboxFusion: size of the program, and of all other files, bytes")
    ] = 16 * MIB
    jobe_timeout_max_s: Annotated[
        int, Field(ge=1, le=86400, description="Jobe: highest `cputime` that a request may name, s")
    ] = 50
    jobe_queue_timeout_s: Annotated[
        float, Field(gt=0, le=86400, description="Jobe: longest wait for a sandbox, s; then the outcome is 21")
    ] = 10.0
    jobe_body_limit_bytes: Annotated[
        int, Field(ge=1024, le=GIB, description="Jobe: size of a request's body, bytes; more is refused unread")
    ] = 32 * MIB
    jobe_files: Annotated[
        str | None,
        Field(
            description="Jobe: directory of the files that clients have sent, which processes may share; unset:"
            " `~/.cache/zuko/jobe`, where XDG_CACHE_HOME is not set"
        ),
    ] = None
    jobe_files_mib: Annotated[
        int, Field(ge=1, le=MIB, description="Jobe: size of that directory, MiB; what was not used for longest goes")
    ] = 256
    jobe_files_limit_bytes: Annotated[
        int, Field(ge=1, le=64 * MIB, description="Jobe: size of one file, and of all files of a program, bytes")
    ] = 16 * MIB
