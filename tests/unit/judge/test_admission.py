"""The judgings that are admitted: the program as for a run, and in addition cases, checker and limits."""

from typing import Any, Final

import pytest

from zuko.errors import SubmissionError, UnknownLanguageError
from zuko.judge.admission import admit_judging
from zuko.languages.table import LANGUAGES, PYTHON
from zuko.problem import BuiltinChecker, CheckerKind, CustomChecker, ProblemLimits
from zuko.settings import Settings
from zuko.types import SourceFile
from zuko.wire.judge import JudgeRequest

SETTINGS: Final = Settings()
HALF: Final = "\ud800"  # a lone surrogate


def judged(**fields: Any) -> JudgeRequest:
    return JudgeRequest.model_validate({"language": "python", "code": "", "cases": [{"output": ""}], **fields})


def test_job_is_complete() -> None:
    job = admit_judging(judged(workers=3), SETTINGS)
    assert (job.language, job.files, job.workers) == (PYTHON, (SourceFile("main.py", b""),), 3)
    assert job.problem.limits == ProblemLimits(2000, 5000, 128 << 20, 8 << 20)
    assert job.problem.checker == BuiltinChecker(CheckerKind.TOKENS)
    assert not job.problem.scored


def test_job_has_no_more_workers_than_the_service_allows() -> None:
    settings = Settings(judge_workers=2)
    assert [admit_judging(judged(workers=asked), settings).workers for asked in (None, 1, 3)] == [2, 1, 2]
    assert admit_judging(judged(), SETTINGS).workers == 1024


def test_checker_is_admitted_as_a_submission_is() -> None:
    program = {"language": "c++", "code": "int main() {}", "files": [{"name": "a.h", "content": ""}]}
    checker = admit_judging(judged(checker=program), SETTINGS).problem.checker
    assert isinstance(checker, CustomChecker)
    assert checker.program.language in LANGUAGES
    assert checker.program.files == (SourceFile("main.cpp", b"int main() {}"), SourceFile("a.h", b""))
    wrong = {**program, "files": [{"name": "a.h", "content": HALF}]}
    with pytest.raises(SubmissionError, match=r"^interactor: files: 'a.h' is not valid Unicode") as refused:
        admit_judging(judged(interactor=wrong), SETTINGS)
    assert refused.value.field == "interactor"
    with pytest.raises(SubmissionError, match=r"^cases: 1: output is not valid Unicode"):
        admit_judging(judged(cases=[{"output": HALF}]), SETTINGS)


def test_unknown_language_of_a_checker_is_the_checker_s_error() -> None:
    with pytest.raises(UnknownLanguageError, match=r"^checker: unknown language 'intercal'") as refused:
        admit_judging(judged(checker={"language": "intercal", "code": ""}), SETTINGS)
    assert refused.value.field == "checker"
