"""`zuko images`: languages, ages and lines, without an engine."""

from datetime import timedelta

import pytest
from click.testing import CliRunner

from zuko.cli.figures import age_text
from zuko.cli.images import command
from zuko.cli.progress import LineProgress


@pytest.mark.parametrize("subcommand", ["build", "list"])
def test_unknown_language(subcommand: str) -> None:
    result = CliRunner().invoke(command, [subcommand, "python", "intercal"])
    assert result.exit_code == 2
    assert "intercal" in result.output
    assert "supported: " in result.output


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=-1), "0 s"),  # another machine's clock
        (timedelta(seconds=59), "59 s"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(minutes=119), "1 hour"),
        (timedelta(hours=47), "1 day"),
        (timedelta(days=400), "400 days"),
    ],
)
def test_age(age: timedelta, text: str) -> None:
    assert age_text(age) == text


def test_lines_where_there_is_no_terminal() -> None:
    """One at the beginning and the end, and one every ten seconds, of the latest step."""
    lines: list[str] = []
    now = 100.0
    progress = LineProgress(lines.append, clock=lambda: now)
    progress.begin("zuko-cpp:14", "building zuko-cpp:14 (1 of 2)")
    progress.step("zuko-cpp:14", "1/9 FROM debian")
    now += 9
    progress.tick()
    progress.step("zuko-cpp:14", "2/9 RUN true\x1b[31m")
    now += 2
    progress.tick()
    progress.tick()
    now += 10
    progress.tick()
    progress.end("zuko-cpp:14")
    progress.say("zuko-cpp:14 is built (30 s)")
    now += 100
    progress.tick()
    assert lines == [
        "image:   building zuko-cpp:14 (1 of 2)",
        "    zuko-cpp:14 … 11 s: 2/9 RUN true\ufffd[31m",
        "    zuko-cpp:14 … 21 s: 2/9 RUN true\ufffd[31m",
        "image:   zuko-cpp:14 is built (30 s)",
    ]


def test_a_step_of_what_has_ended_is_not_shown() -> None:
    """The output of a step that has ended may be read after its end, because a thread reads it."""
    lines: list[str] = []
    progress = LineProgress(lines.append)
    progress.step("zuko-cpp:14", "1/9 FROM debian")
    progress.end("zuko-cpp:14")
    progress.tick()
    assert lines == []


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["python", "--requirements", __file__], "a name of its own: LANGUAGE-WORD"),
        (["--requirements", __file__], "a name of its own: LANGUAGE-WORD"),
        (["python-a", "python", "--requirements", __file__], "a name of its own: LANGUAGE-WORD"),
        (["python-a"], "python-a is built with --requirements"),
        (["cpp-a", "--requirements", __file__], "cpp-a is built with --headers"),
        (["c-a", "--headers", ".", "--packages", __file__], "c-a is built with --headers, and with that alone"),
        (["ruby-a", "--requirements", __file__], "unknown language 'ruby-a'"),
    ],
)
def test_libraries_of_a_site(arguments: list[str], problem: str) -> None:
    result = CliRunner().invoke(command, ["build", *arguments])
    assert (result.exit_code, problem in result.output) == (2, True), result.output
