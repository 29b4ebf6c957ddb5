"""Piston v2: https://github.com/engineer-man/piston."""

from zuko.api.compat.piston.routes import facade

__all__ = ["facade"]
