"""Tools for agents over HTTP."""

from typing import Annotated

from pydantic import Field

from zuko.settings.group import Group


class McpSettings(Group):
    """The Model Context Protocol at /mcp."""

    mcp: Annotated[bool, Field(description="serve tools for agents at `/mcp` (Model Context Protocol)")] = False
    mcp_sessions: Annotated[
        bool,
        Field(
            description="`/mcp` keeps sessions for clients of the protocol before 2026-07-28, so that they can cancel"
            " a call; false: any of several processes can serve each request"
        ),
    ] = True
