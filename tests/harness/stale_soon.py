"""The function, for which a connection to the engine is stale after a second instead of half a minute."""

import zuko.engine.connection
from handler.api import handler

__all__ = ["handler"]

zuko.engine.connection.STALE_S = 1.0  # type: ignore[misc]
