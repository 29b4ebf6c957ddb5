"""`zuko doctor`: looks at a deployment, and says what to do."""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import asdict
from typing import Final

import click
from rich.text import Text

from zuko.cli.failures import USAGE
from zuko.cli.report import BAD, DIM, ODD, OK, Report
from zuko.cli.session import executing
from zuko.doctor.attack import attack, attacks
from zuko.doctor.examination import examine
from zuko.doctor.finding import Finding, Level
from zuko.execution.blocking import BlockingExecutor
from zuko.execution.executor import Executor
from zuko.settings import Settings

FAILED: Final = 1
_STYLES: Final = {Level.OK: OK, Level.NOTE: DIM, Level.WARNING: ODD, Level.FAILURE: BAD}
_WIDTH: Final = max(map(len, Level))
_EPILOG: Final = f"""\
Exit code: 0: everything works, perhaps with warnings; {FAILED}: something does not, or a hostile program could do what
it should not; {USAGE}: an option or a setting is wrong; 75: the Docker host does not answer (with --attack).
"""


def _compiled(_: click.Context, __: click.Parameter, pattern: str | None) -> re.Pattern[str]:
    try:
        return re.compile(pattern or "")
    except re.error as error:
        raise click.BadParameter(f"is not a regular expression: {error}") from error


@click.command("doctor", epilog=_EPILOG)
@click.option("--attack", "attacks_it", is_flag=True, help="Run hostile programs instead, and say what they could do.")
@click.option(
    "--only",
    "pattern",
    metavar="REGEX",
    callback=_compiled,
    help="Run only languages, or hostile programs, with names that match.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each finding.")
def command(pattern: re.Pattern[str], *, attacks_it: bool, as_json: bool) -> int:
    """Look at the settings, the Docker host, images, sandboxes and the store, and say what to do.

    It runs a program in each language whose image is there. With --attack it runs some hundred hostile programs in the
    sandboxes of this deployment, in C++ and Python: they try to get out, to forge results, to leave something behind
    and to exhaust the machine, within their limits. That takes some minutes; run it where others can wait.
    """
    settings = Settings.read()
    if attacks_it:
        # As a service has it, with one slot: a program comes into the cell that the one before has used.
        with BlockingExecutor(Executor(settings.model_copy(update={"concurrency": 1}))) as executor:
            programs = attacks(executor.executor.host.languages_present(), pattern)
            return _show(attack(executor, programs), as_json=as_json, shows_all=False)
    with executing(settings) as (executor, _):
        return _show(examine(executor, settings, os.environ, pattern), as_json=as_json, shows_all=True)


def _show(findings: Iterable[Finding], *, as_json: bool, shows_all: bool) -> int:
    """Show findings as they come; return the exit code."""
    report = Report()
    counts = dict.fromkeys(Level, 0)
    with report.busy("looking") as busy:
        for finding in findings:
            counts[finding.level] += 1
            busy(f"{finding.check}: {finding.level}")
            if as_json:
                click.echo(json.dumps(asdict(finding)))
            elif shows_all or finding.level is not Level.OK:
                report.line(
                    Text(f"{finding.level:{_WIDTH}}", _STYLES[finding.level]), f"  {finding.check}: {finding.found}"
                )
                if finding.advice:
                    report.line(" " * _WIDTH, f"  → {finding.advice}")
    if not as_json:
        report.line(", ".join(f"{count} {level}" for level, count in counts.items() if count))
    return FAILED if counts[Level.FAILURE] else 0
