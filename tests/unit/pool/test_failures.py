"""The log of starts that fail."""

from dataclasses import replace

import pytest

from zuko.errors import ImageMissingError, UnreachableError
from zuko.languages.table import PYTHON
from zuko.pool.failures import FailureLog
from zuko.settings import Settings

KIND = Settings().sandbox(PYTHON)
OTHER = replace(KIND, image="zuko-other:1")


def test_only_what_failed_works_again(caplog: pytest.LogCaptureFixture) -> None:
    """The start of one kind says nothing of another one's image."""
    caplog.set_level("INFO", "zuko.pool.failures")
    failures = FailureLog()
    failures.warn(ImageMissingError("the image zuko-other:1 is missing"), OTHER, 1)
    failures.log_recovery(KIND)
    failures.log_recovery()
    assert caplog.messages == ["no sandbox can be started on core 1: the image zuko-other:1 is missing"]
    failures.log_recovery(OTHER)
    failures.log_recovery(OTHER)
    assert caplog.messages[1:] == ["sandboxes can be started again; before: the image zuko-other:1 is missing"]


def test_what_several_met_is_one_failure(caplog: pytest.LogCaptureFixture) -> None:
    """A host that is away fails every kind with the same text: the first that starts shows that it is back."""
    caplog.set_level("INFO", "zuko.pool.failures")
    failures = FailureLog()
    for kind in (None, KIND, OTHER):
        failures.warn(UnreachableError("the host is away"), kind)
    failures.log_recovery(KIND)
    failures.log_recovery(OTHER)
    assert caplog.messages == [
        "no sandbox can be started: the host is away",
        "sandboxes can be started again; before: the host is away",
    ]
