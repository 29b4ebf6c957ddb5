"""Rules for every template and every script of shell."""

import subprocess
from pathlib import Path

import pytest

from tests import ROOT
from tests.harness.templates import TEMPLATES, load, undefined


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_it_refers_to_what_it_defines(path: Path) -> None:
    assert undefined(load(path)) == set()


def test_undefined_references_are_found() -> None:
    """Each kind of reference is found, which the test above relies on."""
    assert undefined(
        {
            "Parameters": {"Known": {}},
            "Conditions": {"Yes": {"Fn::Equals": [{"Ref": "Known"}, {"Ref": "A"}]}},
            "Resources": {
                "Thing": {
                    "Condition": "B",
                    "DependsOn": ["Thing", "C"],
                    "One": {"Fn::GetAtt": ["D", "Arn"]},
                    "Two": {"Fn::GetAtt": "E.Arn"},
                    "Three": [{"Fn::Sub": "${AWS::Region} ${Known} ${Thing.Arn} ${!Literal} ${F} ${G.Arn}"}],
                    "Four": {"Fn::Sub": ["${own} ${H}", {"own": {"Ref": "I"}}]},
                    "Five": {"Fn::If": ["J", {"Ref": "K"}, {"Ref": "AWS::NoValue"}]},
                }
            },
        }
    ) == set("ABCDEFGHIJK")


@pytest.mark.parametrize("path", TEMPLATES[1:], ids=lambda path: path.name)
def test_every_parameter_is_described_and_bounded(path: Path) -> None:
    """A slip is refused before anything is made. The function's parameters are settings: see `test_function.py`."""
    for name, parameter in load(path)["Parameters"].items():
        assert parameter["Description"].endswith("."), name
        bounds = {"AllowedPattern", "AllowedValues", "MinValue"} & set(parameter)
        assert bounds or "AWS::EC2" in parameter["Type"], name


def test_shell_is_shell() -> None:
    for script in (*ROOT.glob("*/*.sh"), *ROOT.glob("docker/*/*.sh"), ROOT / ".ci" / "run"):
        shell = script.read_text().partition("\n")[0].removeprefix("#!").split()
        subprocess.run([*shell, "-n", script], check=True)
