"""docs/reference/cli.md names every command, option, exit code and field."""

import re

import pytest
from click import Context

from tests.harness.pages import CLI, coded, tables
from zuko.cli.main import COMMANDS, group
from zuko.wire.verify import VerifyResponse


def test_every_command_is_documented() -> None:
    """Each has its section in cli.md, with every argument and option, and the exit codes of all."""
    text = CLI.read_text()
    sections = dict(re.findall(r"^## zuko (\w+)\n(.*?)(?=^## |\Z)", text, flags=re.DOTALL | re.MULTILINE))
    assert list(sections) == list(COMMANDS)
    for command, section in sections.items():
        parameters = group.get_command(Context(group), command).params
        known = {
            (name if name.startswith("-") else each.make_metavar(Context(group)))
            for each in parameters
            for name in each.opts
        }
        told = {
            each.split()[0]
            for row in re.findall(r"^\| (`.*?) \|", section, flags=re.MULTILINE)
            for each in coded(row)
            if each.startswith("-") or each.isupper() or "..." in each
        }
        assert told == known, command


@pytest.mark.parametrize("command", COMMANDS)
def test_help_tells_the_exit_codes_of_the_reference(command: str) -> None:
    section = CLI.read_text().partition(f"## zuko {command}\n")[2].partition("\n## ")[0]
    told = re.findall(r"^\| (\d+) \|", section, flags=re.MULTILINE)
    assert told or command == "run"
    epilog = str(group.get_command(Context(group), command).epilog)
    assert set(told) <= set(re.findall(r"\b(\d+)\b", epilog))


def test_fields_of_verify_are_documented() -> None:
    (rows,) = (rows for head, rows in tables(CLI) if head[0] == "field")
    assert [coded(row[0])[0] for row in rows] == list(VerifyResponse.model_fields)
