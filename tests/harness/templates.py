"""Reads CloudFormation templates, and finds what they refer to and do not define, which linters miss in places."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from tests import ROOT

TEMPLATES: Final = [ROOT / "template.yaml", *sorted((ROOT / "infra").glob("*.yaml"))]

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
PSEUDO_PARAMETERS: Final = {
    f"AWS::{name}"
    for name in ("AccountId", "NoValue", "NotificationARNs", "Partition", "Region", "StackId", "StackName", "URLSuffix")
}


class _Loader(yaml.SafeLoader):
    """Writes the short forms out."""


def _long_form(loader: yaml.SafeLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    match node:
        case yaml.ScalarNode():
            value = loader.construct_scalar(node)
        case yaml.SequenceNode():
            value = loader.construct_sequence(node, deep=True)
        case yaml.MappingNode():
            value = loader.construct_mapping(node, deep=True)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _long_form)


def load(path: Path) -> dict[str, Any]:
    """Return a template with its short forms (`!Ref`, `!Sub`) written out."""
    found: dict[str, Any] = yaml.load(path.read_text(), _Loader)
    return found


def undefined(template: dict[str, Any]) -> set[str]:
    """Return the names that are referred to in any way, and that no part of the template defines."""
    resources = set(template.get("Resources", {}))
    values = resources | set(template.get("Parameters", {})) | PSEUDO_PARAMETERS
    conditions = set(template.get("Conditions", {}))
    known = {"value": values, "resource": resources, "condition": conditions}
    return {name for kind, name in _references(template) if name not in known[kind]}


def _references(node: Any) -> Iterator[tuple[str, str]]:  # noqa: PLR0912 - one case for each way to refer
    match node:
        case {"Ref": str(name)}:
            yield "value", name
        case {"Fn::GetAtt": str(path)}:
            yield "resource", path.partition(".")[0]
        case {"Fn::GetAtt": [str(name), *_]}:
            yield "resource", name
        case {"Fn::Sub": str(text)}:
            yield from _substituted(text, {})
        case {"Fn::Sub": [str(text), dict(own)]}:
            yield from _substituted(text, own)
            yield from _references(own)
        case {"Fn::If": [str(name), *values]}:
            yield "condition", name
            yield from _references(values)
        case dict():
            for key, value in node.items():
                if key == "Condition" and isinstance(value, str):
                    yield "condition", value
                elif key == "DependsOn":
                    yield from (("resource", name) for name in ([value] if isinstance(value, str) else value))
                else:
                    yield from _references(value)
        case list():
            for each in node:
                yield from _references(each)


def _substituted(text: str, own: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for found in re.findall(r"\$\{([^!][^}]*)\}", text):
        name, _, attribute = found.strip().partition(".")
        if found.strip() not in own:
            yield ("resource" if attribute else "value"), name
