"""Graders of the problem setter: programs that make the verdict and the points of a group from those of its parts.

A grader reads a line `VERDICT POINTS` for each part that was judged, and prints one such line.
"""

import re
from collections.abc import Sequence
from typing import Final

from zuko.errors import ProblemError
from zuko.execution.conclude import conclude
from zuko.execution.deadline import Deadline
from zuko.execution.loaded import NotCompiledError, ProgramSource, named_for
from zuko.execution.program import SLACK_BYTES
from zuko.judge import custom
from zuko.judge.bench import Bench
from zuko.languages.entry import with_entry
from zuko.languages.table import find_language
from zuko.problem import CustomGrader, Problem, Program, Verdict
from zuko.types import Outcome, RunResult

ROLE: Final = "the grader"
# The format's codes are AC, WA, TLE and RTE.
_CODES: Final = {Verdict.MLE: "RTE", Verdict.OLE: "RTE"}
_LINE: Final = re.compile(rb"\s*(AC|WA|TLE|RTE|MLE|OLE|JE)\s+([-+]?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?)\s*")


class Graders:
    """The graders of a problem, on a bench.

    Args:
        problem: with groups that have a grader.
        bench: a worker's.
        deadline: by which a grader has to be compiled.
    """

    def __init__(self, problem: Problem, bench: Bench, deadline: Deadline) -> None:
        self._limits = problem.checker_limits
        self._bench = bench
        self._deadline = deadline
        self._sources: dict[Program, ProgramSource] = {}

    def grade(self, grader: CustomGrader, parts: Sequence[tuple[Verdict, float]]) -> tuple[Verdict, float]:
        """Return the verdict and the points of a group.

        Raises:
            ProblemError: the grader does not compile, fails, or prints something else.
            UnavailableError: a sandbox cannot be had.
            SandboxError: one broke.
        """
        lines = "".join(f"{_CODES.get(verdict, verdict)} {points:.17g}\n" for verdict, points in parts)
        try:
            loaded = self._bench.ready(self._source(grader.program))
        except NotCompiledError as error:
            raise ProblemError("graders/", f"{error}\n{error.output[:1000]}") from error
        limits = self._deadline.bound(custom.run_limits(self._limits), ROLE)
        result = loaded.run(loaded.plan(limits, lines.encode(), arguments=grader.arguments))
        if result.outcome is not Outcome.EXITED or result.exit_code != 0:
            execution = conclude(result, limits, memory_bytes=self._limits.memory_bytes)
            how = execution.message or f"exit code {execution.exit_code}"
            raise ProblemError("graders/", f"{ROLE} failed: {how}{custom.quoted_output(result.stderr)}")
        return _parsed(result)

    def _source(self, program: Program) -> ProgramSource:
        if program not in self._sources:
            language = find_language(program.language)
            if language is None:
                raise ProblemError("graders/", f"unknown language {program.language!r:.80}")
            language = with_entry(language, program.entry, has_scripts=program.has_scripts)
            memory_bytes = self._limits.memory_bytes + 2 * self._limits.output_bytes + SLACK_BYTES
            self._sources[program] = ProgramSource(
                language,
                named_for(language, program.files),
                memory_bytes=memory_bytes,
                heap_bytes=self._limits.memory_bytes,
                compiler=custom.compiler_limits(self._limits, language, memory_bytes),
                deadline=self._deadline,
                name=ROLE,
            )
        return self._sources[program]


def _parsed(result: RunResult) -> tuple[Verdict, float]:
    found = _LINE.fullmatch(result.stdout)
    if found is None:
        printed = custom.quoted_output(result.stdout)
        raise ProblemError("graders/", f"{ROLE} has to print a verdict and points, such as AC 40{printed}")
    return Verdict(found[1].decode()), float(found[2])
