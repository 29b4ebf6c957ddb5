"""`zuko verify` and input validators: real validators in real sandboxes, and what is said of inputs."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final

import docker
from tests import ROOT
from tests.harness.command import containers_of, started, zuko
from tests.harness.waiting import wait_for
from zuko.wire.verify import InputFaultResponse, ValidatorResponse, VerifyResponse

LIMIT: Final = "limits: {time_limit: 1}\n"
ONE: Final = {"accepted/one.py": "print(input())"}
DIGIT: Final = """
import re, sys
if not re.fullmatch("[0-9]\\n", sys.stdin.read()):
    sys.exit("one digit is due")
sys.exit(42)
"""


def add(path: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text)
    return path


def test_valid_inputs(package: Callable[..., Path]) -> None:
    """Each validator has a line, a compiled one too."""
    compiled = '#include <cstdio>\nint main() { int n; return scanf("%d", &n) == 1 ? 42 : 43; }'
    path = add(package(LIMIT, ONE), {"input_validators/digit.py": DIGIT, "input_validators/number/main.cpp": compiled})
    result = zuko("verify", path)
    assert result.returncode == 0, result.stdout
    first, second, *_, last = result.stdout.decode().splitlines()
    assert first == "input_validators/digit.py: 1 input, ok"
    assert second == "input_validators/number: 1 input, ok"
    assert last == "1 as claimed"


def test_inputs_that_are_not_valid(package: Callable[..., Path]) -> None:
    """They are listed with the validator's messages, and the submissions are run nevertheless."""
    path = add(
        package(LIMIT, ONE),
        {
            "input_validators/digit.py": DIGIT,
            "data/secret/2.in": "12\n",
            "data/secret/2.ans": "12\n",
            "data/secret/3.in": "\x1b[31m\n",
            "data/secret/3.ans": "\x1b[31m\n",
        },
    )
    result = zuko("verify", path)
    assert result.returncode == 1
    lines = result.stdout.decode().splitlines()
    assert lines[:3] == [
        "input_validators/digit.py: 2 of 3 inputs not valid, NOT ok",
        "    data/secret/2.in is not valid: exit code 1; output: one digit is due",
        "    data/secret/3.in is not valid: exit code 1; output: one digit is due",
    ]
    assert lines[-1] == "1 as claimed, 2 inputs NOT valid"


def test_arguments(package: Callable[..., Path]) -> None:
    """A case's arguments are passed to all validators, or to the one that they name."""
    says = "import sys; sys.stdin.read(); sys.exit(42 if sys.argv[1:] == ['--most', '1'] else ' '.join(sys.argv[1:]))"
    path = add(
        package(LIMIT, ONE),
        {
            "input_validators/says.py": says,
            "input_validators/other.py": "import sys; sys.exit(42 if sys.argv[1:] == [] else 1)",
            "data/secret/test_group.yaml": "input_validator_args: {says: [--most, '1']}",
        },
    )
    assert zuko("verify", path).returncode == 0


def test_validators_that_fail(package: Callable[..., Path]) -> None:
    """A validator that does not compile, crashes or has an unknown language is reported; the last is not counted."""
    path = add(
        package(LIMIT, ONE),
        {
            "input_validators/a.cpp": "int main() { return x; }",
            "input_validators/b.py": "import os; os.abort()",
            "input_validators/c.viva": "",
        },
    )
    result = zuko("verify", path, "--json")
    assert result.returncode == 1
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [set(response) for response in answers] == [set(ValidatorResponse.model_fields)] * 3 + [
        set(VerifyResponse.model_fields)
    ]
    refused, crashed, unknown, submission = answers
    assert (refused["validator"], refused["ok"], refused["language"]) == ("input_validators/a.cpp", False, "cpp")
    assert "was not declared" in refused["message"]
    assert crashed["ok"] is False
    (fault,) = crashed["faults"]
    assert set(fault) == set(InputFaultResponse.model_fields)
    assert fault["case"] == "secret/1"
    assert "SIGABRT" in fault["message"]
    assert (unknown["ok"], unknown["language"], unknown["inputs"]) == (None, None, 0)
    assert submission["ok"] is True


def test_a_signal_leaves_nothing(package: Callable[..., Path], docker_client: docker.DockerClient) -> None:
    path = add(package(LIMIT, ONE), {"input_validators/sleeps.py": "import time; time.sleep(60)"})
    with started("verify", path) as process:
        wait_for(lambda: any(each["State"] == "running" for each in containers_of(docker_client, process)), 30, "a run")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == -signal.SIGINT
        assert process.stderr is not None
        assert process.stderr.read() == b""
        wait_for(lambda: not containers_of(docker_client, process), 10, "its containers to go")


def test_how_to_verify_inputs(tmp_path: Path) -> None:
    """The validator that the page shows accepts the package's data, and finds what is wrong in other data."""
    page = (ROOT / "docs/how-to/verify-a-problem.md").read_text()
    shown = page.partition("```python\n")[2].partition("```")[0]
    add(tmp_path, {"input_validators/ranges.py": shown, "problem.yaml": "name: Products\n"})
    products = ROOT / "tests/corpus/problems/products"
    add(tmp_path, {str(each.relative_to(products)): each.read_text() for each in products.glob("data/*/*")})
    result = zuko("verify", tmp_path)
    assert result.returncode == 0, result.stdout[:1000]
    assert result.stdout.splitlines()[1].endswith(b"ok") or b"ranges.py: 3 inputs, ok" in result.stdout
    add(tmp_path, {"data/secret/9.in": "2\n1\n", "data/secret/9.ans": "1\n"})
    result = zuko("verify", tmp_path)
    assert result.returncode == 1
    assert b"data/secret/9.in is not valid: exit code 1; output: line 2: 2 numbers are due" in result.stdout


def test_fields_are_documented() -> None:
    page = (ROOT / "docs/reference/cli.md").read_text()
    rows = page.partition("| validator field |")[2].partition("\n\n")[0].splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == list(ValidatorResponse.model_fields)


def test_resuming(tmp_path: Path) -> None:
    package = ROOT / "tests/corpus/problems/again"
    first = zuko("verify", package, XDG_CACHE_HOME=str(tmp_path))
    again = zuko("verify", "--resume", package, XDG_CACHE_HOME=str(tmp_path))
    assert again.stdout.splitlines()[:4] == first.stdout.splitlines()[:4], "the same figures: nothing has run"
    assert again.stdout.endswith(b"4 results of earlier runs\n")


def test_packages_of_every_part_of_the_format() -> None:
    """Drivers, constants, arguments, files, passes, graders, answers, static validators, scripts: each claim holds."""
    names = ("driver", "again", "shares", "polygon", "numbers", "short", "doubled", "polygon_talk", "floors")
    result = zuko("verify", *(ROOT / "tests/corpus/problems" / name for name in names))
    assert result.returncode == 0, result.stdout
    assert b"input_validators/number.py: 3 inputs, ok\n" in result.stdout
    for kind in (b"invalid_input", b"invalid_output", b"valid_output"):
        assert b"data/" + kind + b": 1 case, ok\n" in result.stdout
    assert [result.stdout.count(b"%d as claimed\n" % count) for count in (2, 3, 4)] == [1, 5, 2]
    assert b"\n2 as claimed, 1 not run\n" in result.stdout
