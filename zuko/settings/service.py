"""Connections: those of clients over HTTP, and that to the Docker host."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from zuko.settings.group import GIB, MIB, Group


class Auth(StrEnum):
    """The part that finds out which client sends a request."""

    KEYS = "keys"  # we do, by API keys
    PROXY = "proxy"  # whatever stands in front, or no one needs to


class HttpSettings(Group):
    """Requests and responses over HTTP."""

    auth: Annotated[
        Auth | None,
        Field(
            description="`keys`: each request needs an API key; `proxy`: whatever stands in front authenticates;"
            " unset: keys, where `zuko serve` listens for other machines, and nothing on a loopback address"
        ),
    ] = None

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
    reader_timeout_s: Annotated[
        float,
        Field(gt=0, le=86400, description="time that a client has for reading 64 KiB of a response, s; then it is cut"),
    ] = 30.0
    # A response has both outputs as JSON, where a NUL takes six bytes. This limits the response, not the program.
    response_limit_bytes: Annotated[
        int, Field(ge=64 * 1024, le=GIB, description="size of a response's outputs as JSON, bytes; more is cut")
    ] = 5 * MIB
    root_path: Annotated[
        str | None, Field(pattern=r"^(/[^/]+)+$", description="path that a proxy or a custom domain puts before ours")
    ] = None
    hosts: Annotated[
        tuple[str, ...],
        Field(
            description="names that requests may be sent to, with a port or without, separated by commas, besides"
            " addresses and localhost; `*`: any; unset: any, except by a loopback address and to `/mcp`"
        ),
    ] = ()
    cors_origins: Annotated[
        tuple[str, ...],
        Field(description="sites whose pages may send requests, separated by commas; `*`: any"),
    ] = ()


class HostSettings(Group):
    """The connection to the Docker host, in addition to the variables that every Docker client reads."""

    docker_secret: Annotated[
        str | None,
        Field(description="secret of AWS Secrets Manager with the client certificate; unset: DOCKER_CERT_PATH"),
    ] = None
    allow_plain_tcp: Annotated[
        bool, Field(description="use a Docker host on TCP without TLS: anyone who can reach its port is root there")
    ] = False
