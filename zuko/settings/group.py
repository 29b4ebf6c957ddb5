"""Define what all groups of settings have in common."""

from typing import Final

from pydantic import BaseModel, ConfigDict

MIB: Final = 1 << 20
GIB: Final = 1 << 30


class Group(BaseModel):
    """Settings of one room."""

    # A process uses one of the classes: the validators of the others are not built.
    model_config = ConfigDict(frozen=True, validate_default=True, defer_build=True)
