"""Constants of `problem.yaml`, whose names in double braces are replaced in programs: `{{n}}`, `{{n.tex}}`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_NAME: Final = r"[a-zA-Z_][a-zA-Z0-9_]*"
_SEQUENCE: Final = re.compile(rf"\{{\{{({_NAME})(?:\.({_NAME}))?\}}\}}".encode())
_VALUE: Final = "value"  # of a constant, beside its variants


@dataclass(frozen=True, slots=True)
class Constants:
    """The values by name and variant."""

    values: Mapping[str, Mapping[str, str]]

    def replaced(self, content: bytes) -> bytes:
        """Return a text with the constants' values. Names that are not defined stay as they are."""
        return _SEQUENCE.sub(self._value, content) if self.values else content

    def _value(self, found: re.Match[bytes]) -> bytes:
        variants = self.values.get(found[1].decode(), {})
        value = variants.get(found[2].decode() if found[2] else _VALUE)
        return found[0] if value is None else value.encode()


NO_CONSTANTS: Final = Constants({})


def parse_constants(given: Mapping[str, object]) -> Constants:
    """Return the constants of a mapping.

    Raises:
        ValueError: a name is not allowed, or a constant has no value.
    """
    values: dict[str, Mapping[str, str]] = {}
    for name, value in given.items():
        if not re.fullmatch(_NAME, name):
            raise ValueError(f"{name[:60]!r} is not a name of letters, digits and _")
        given_variants = value if isinstance(value, dict) else {_VALUE: value}
        variants = {key: text for key, text in given_variants.items() if isinstance(text, str)}
        if len(variants) < len(given_variants) or _VALUE not in variants:
            raise ValueError(f"{name[:60]} must be a number or a text, or have a value and variants of it")
        values[name] = variants
    return Constants(values)
