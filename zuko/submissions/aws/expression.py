"""Expressions of DynamoDB: placeholders for names and values."""

from collections.abc import Mapping
from typing import Any

from zuko.submissions.aws.items import marshal


class Expression:
    """The names and values of an expression: most words are reserved."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def name(self, name: str) -> str:
        """Return the placeholder of a name."""
        placeholder = f"#{'n' if name.isdigit() else ''}{name}"
        self.names[placeholder] = name
        return placeholder

    def value(self, value: Any) -> str:
        """Return the placeholder of a value."""
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = marshal(value)
        return placeholder

    def conditions(self, when: Mapping[str, Any]) -> list[str]:
        """Return the conditions that an item has these attributes; None: it does not have one."""
        return [
            f"attribute_not_exists({self.name(name)})" if value is None else f"{self.name(name)} = {self.value(value)}"
            for name, value in when.items()
        ]


def names_of(text: str) -> set[str]:
    """Return the names of an expression: what follows #."""
    return {word.strip("(),").removeprefix("#") for word in text.replace("(", " ").split() if word.startswith("#")}
