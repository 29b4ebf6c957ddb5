"""docs/reference/cli.md names every command, option, exit code and field."""

import re

import pytest
from click import Context

from tests.harness.pages import CLI
from zuko.cli.main import COMMANDS, group


def test_every_command_is_documented() -> None:
    """Each command has a section in cli.md, and its tables of options are generated from the commands."""
    assert re.findall(r"^## zuko (\w+)$", CLI.read_text(), flags=re.MULTILINE) == list(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_the_exit_codes_of_the_reference(command: str) -> None:
    section = CLI.read_text().partition(f"## zuko {command}\n")[2].partition("\n## ")[0]
    documented = re.findall(r"^\| (\d+) \|", section, flags=re.MULTILINE)
    assert documented or command == "run"
    found = group.get_command(Context(group), command)
    assert found
    epilog = str(found.epilog)
    assert set(documented) <= set(re.findall(r"\b(\d+)\b", epilog))
