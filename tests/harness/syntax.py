"""Reads Python modules for the rules about them."""

import ast
from collections.abc import Iterator
from pathlib import Path

_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


def statements(path: Path) -> Iterator[ast.AST]:
    """Yield a module and every statement in it, but no expression: those are most of what `ast.walk` visits."""
    todo: list[ast.AST] = [ast.parse(path.read_text())]
    for node in todo:
        yield node
        for block in _BLOCKS:
            found = getattr(node, block, None)
            if isinstance(found, list):  # that of a lambda or a conditional expression is one expression
                todo += found
