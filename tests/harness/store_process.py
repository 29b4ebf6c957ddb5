"""A process that uses a store until it is killed, or has nothing to do: `python -m tests.harness.store_process`.

submit URL    stores submissions, one after another; prints the id of each when it is acknowledged
keep URL      stores submissions that were done before; prints the id of each when it is acknowledged
claim URL     claims what is queued until there is nothing; prints each id, then stores its result
hold URL      claims, prints a line, and stops before the commit
"""

import os
import signal
import subprocess
import sys
from contextlib import closing
from typing import Final, cast
from unittest.mock import patch

from tests import ROOT
from tests.harness.preloaded import Preloaded
from zuko.submissions.make import make_store
from zuko.submissions.model import End, Hold, Kind, NewSubmission, State, StoredRequest, new_id
from zuko.submissions.sql.workers import SqlWorkers
from zuko.submissions.store import Store, takes_ended

MANY: Final = 10**6


def start(what: str, url: str) -> "subprocess.Popen[str]":
    """Start such a process."""
    return Preloaded("tests.harness.store_process", what, url, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def submit(store: Store) -> None:
    """Store submissions until the process is killed."""
    while True:
        new = NewSubmission(new_id(), "", Kind.EXECUTE, "c", ("c",), StoredRequest("{}"), "0" * 64)
        store.submit([new], queued_max=MANY, tenant_max=MANY)
        print(new.id, flush=True)


def keep(store: Store) -> None:
    """Store submissions with their ends until the process is killed."""
    assert takes_ended(store)
    while True:
        new = NewSubmission(new_id(), "", Kind.EXECUTE, "c", ("c",), StoredRequest("{}"), "0" * 64)
        store.keep_ended(new, {}, End(Hold(new.id, 1, "here"), State.DONE, "{}"), ran_s=0.0)
        print(new.id, flush=True)


def claim(store: Store) -> None:
    """Do what is queued, some at a time."""
    while claims := store.claim(f"worker {os.getpid()}", None, os.getpid() % 3 + 1):
        for each in claims:
            print(each.hold.id, flush=True)
            assert store.finish(each.hold, State.DONE, result="{}")


def hold(store: Store) -> None:
    """Stop between the choice and the commit of a claim, as a virtual machine does that is moved.

    A claim of one statement is the server's alone: this is the way of several, for a queue with something in the way.
    """

    def stop(*_: object) -> None:
        print("holds", flush=True)
        os.kill(os.getpid(), signal.SIGSTOP)

    with patch.object(type(store), "_advance", stop):
        SqlWorkers.claim(cast(SqlWorkers, store), "sleepy", None, 1)


if __name__ == "__main__":
    with closing(make_store(sys.argv[2])) as opened:
        opened.open()
        {"submit": submit, "keep": keep, "claim": claim, "hold": hold}[sys.argv[1]](opened)
