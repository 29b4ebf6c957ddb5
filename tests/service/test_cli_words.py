"""Others' words at a prompt: whatever a package or a program says, nothing of it commands the terminal."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.harness.command import Write, zuko
from zuko.cli.printable import printable_lines

ESCAPE: Final = b"\x1b"
CSI: Final = "\x9b".encode()
RED: Final = "\x1b[31m"
LIMIT: Final = "limits: {time_limit: 1}\n"


@pytest.mark.parametrize(
    "text", ["\x1b[31m", "\x9b31m", "\x07", "\r", "\x08", "\x7f", "\u202e", "\u2066", "\ud800", "\u2028", "\x00"]
)
def test_what_commands_a_terminal_is_replaced(text: str) -> None:
    assert printable_lines(text) == "\ufffd" + text[1:]


def test_what_is_seen_stays() -> None:
    text = "Größe\tπ ≤ 4\n“ok” 漢字"
    assert printable_lines(text) == text


def test_keys_of_a_package(package: Callable[..., Path]) -> None:
    path = package(f'"\\eckey": 1\n{LIMIT}', {})
    for command in (("verify", path), ("judge", path, path / "data/secret/1.in", "-l", "py")):
        result = zuko(*command)
        assert ESCAPE not in result.stdout + result.stderr
        assert "\ufffdckey: unknown key".encode() in result.stdout + result.stderr


def test_a_checker_s_compiler(package: Callable[..., Path], write: Write) -> None:
    """The compiler shows the line of the source that it refuses."""
    path = package(LIMIT, {"accepted/one.py": "print(1)"})
    (path / "output_validator").mkdir()
    (path / "output_validator/v.cpp").write_text(f"int main() {{ return {RED}x{CSI.decode()}; }}")
    for command in (("judge", path, write("p.py", "print(1)")), ("verify", path)):
        result = zuko(*command)
        assert result.returncode == 3
        assert b"error: " in result.stdout
        assert ESCAPE not in result.stdout + result.stderr
        assert CSI not in result.stdout + result.stderr


def test_a_checker_s_message(package: Callable[..., Path], write: Write) -> None:
    path = package(LIMIT, {})
    (path / "output_validator").mkdir()
    (path / "output_validator/v.py").write_text(
        f"import sys; open(sys.argv[3] + 'judgemessage.txt', 'w').write('{RED}no'); sys.exit(43)"
    )
    result = zuko("judge", path, write("p.py", "print(1)"))
    assert result.returncode == 1
    assert ESCAPE not in result.stdout


def test_a_submission_s_compiler(write: Write, package: Callable[..., Path]) -> None:
    source = write("p.cpp", f"int main() {{ return {RED}x; }}")
    result = zuko("run", source)
    assert result.returncode == 65
    assert b"error: " in result.stderr
    assert ESCAPE not in result.stderr
    result = zuko("judge", package(LIMIT, {}), source)
    assert b"error: " in result.stdout
    assert ESCAPE not in result.stdout
