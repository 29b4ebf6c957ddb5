"""The hostile corpus against one's own deployment: what each program could do.

Programs are run as a service runs them: one after another in sandboxes that are used again where that is done.
"""

import json
import re
import time
from collections.abc import Iterator
from typing import Any, Final

from zuko.doctor.claims import MARK, Program, check, load
from zuko.doctor.finding import Finding, Level
from zuko.errors import SubmissionError, UnavailableError
from zuko.execution.admission import admit_request
from zuko.execution.blocking import BlockingExecutor
from zuko.types import Reason
from zuko.wire.execute import ExecuteRequest, ExecuteResponse

KINDS: Final = ("escape", "forged_frames", "leftovers", "measurement", "resources", "stubborn")
TRIES: Final = 3  # of a program that cannot be run now
PAUSE_S: Final = 1.0
_BREACH: Final = "keep untrusted programs away, and report it in private: docs/contributing.md says how"


def attacks(languages: frozenset[str], pattern: re.Pattern[str]) -> list[Program]:
    """Return the hostile programs in some languages, with names (`escape/mount`) that match.

    Raises:
        ZukoError: this installation has none.
    """
    found = [program for program in load() if program.kind in KINDS and program.language in languages]
    return [program for program in found if pattern.search(program.id)]


def attack(executor: BlockingExecutor, programs: list[Program]) -> Iterator[Finding]:
    """Run hostile programs, and yield a finding for each: what it claims, or what it could do.

    Times are not compared, as others may use the cores. Those that look for what they have left run twice.
    """
    for program in programs:
        try:
            answers = [_run(executor, program) for _ in range(2 if program.kind == "leftovers" else 1)]
        except SubmissionError as error:
            yield Finding(program.id, Level.NOTE, f"not run, by the limits of this deployment: {error}")
        except UnavailableError as error:
            yield Finding(program.id, Level.FAILURE, f"not run: {error}", "run `zuko doctor` first")
        else:
            yield _finding(program, [wrong for each in answers for wrong in check(program, each, crowded=True)])


def _run(executor: BlockingExecutor, program: Program) -> dict[str, Any]:
    """Run a program, and return the response that a client would get.

    One that is not to meet a time limit, and does, may have waited for a core: it is run again, with more time.

    Raises:
        SubmissionError: this deployment does not accept it.
        UnavailableError: it could not be run, also not later.
    """
    answer = _answer(executor, program.request)
    if answer["reason"] == Reason.WALL_TIME_LIMIT and not program.may_meet_time_limit:
        answer = _answer(executor, {**program.request, "timeout": executor.settings.timeout_max_s})
    return answer


def _answer(executor: BlockingExecutor, request: dict[str, Any]) -> dict[str, Any]:
    submission = admit_request(ExecuteRequest(**request), executor.settings)
    for _ in range(TRIES - 1):
        try:
            execution = executor.execute(submission)
            break
        except UnavailableError:  # a compiler on a busy host, for instance
            time.sleep(PAUSE_S)
    else:
        execution = executor.execute(submission)
    answer: dict[str, Any] = json.loads(ExecuteResponse.from_execution(execution).to_json())
    return answer


def _finding(program: Program, wrong: list[str]) -> Finding:
    if not wrong:
        return Finding(program.id, Level.OK, program.claim)
    is_breach = any(MARK in each for each in wrong)
    advice = _BREACH if is_breach else "compare with the claim of the program: settings of yours may be the reason"
    return Finding(program.id, Level.FAILURE if is_breach else Level.WARNING, "; ".join(wrong), advice)
