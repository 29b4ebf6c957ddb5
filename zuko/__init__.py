"""Zuko: a scalable, sandboxed code-execution engine. Importing it does nothing."""

__version__ = "0.2.0"
