"""The store in a file of SQLite on a disk that is full: a small one, which a process of its own has mounted."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests import ROOT

# Prints what happened, a word a line.
_PROGRAM: Final = """
import os, sys
from pathlib import Path
from zuko.errors import StoreError
from zuko.submissions.model import Kind, NewSubmission, State, StoredRequest, new_id
from zuko.submissions.sqlite import SqliteStore

def submit(store):
    new = NewSubmission(new_id(), "", Kind.EXECUTE, "c", ("c",), StoredRequest('{"x":"' + "x" * 20000 + '"}'), "f")
    store.submit([new], queued_max=10**6, tenant_max=10**6)
    return new.id

store = SqliteStore(Path(sys.argv[1]) / "store.db")
store.open()
stored = [submit(store) for _ in range(20)]
ballast = Path(sys.argv[1]) / "ballast"
with ballast.open("wb") as file:  # all that is left, to the last byte
    try:
        while True:
            os.write(file.fileno(), bytes(65536))
    except OSError:
        pass
refused = None
for _ in range(2000):
    try:
        stored.append(submit(store))
    except StoreError as error:
        refused = error
        break
print(refused)
print("all are read" if all(store.get("", each) for each in stored) else "some are lost")
print("the queue is read" if store.depth().queued == len(stored) else "the queue is wrong")
for _ in range(3):
    try:
        submit(store)
        print("stored on a full disk")
    except StoreError:
        pass
ballast.unlink()
stored.append(submit(store))
(claim,) = store.claim("worker", None, 1)
print(store.finish(claim.hold, State.DONE, result="{}"))
store.close()
store = SqliteStore(Path(sys.argv[1]) / "store.db")
store.open()
print("all are there" if all(store.get("", each) for each in stored) else "some are lost")
store.close()
"""


def test_a_full_disk_loses_nothing_and_is_over_when_there_is_room(tmp_path: Path) -> None:
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    script = f'mount -t tmpfs -o size=8m none "$0" && exec "{sys.executable}" -c "$1" "$0"'
    done = subprocess.run(
        ["unshare", "--mount", *as_root, "sh", "-c", script, str(tmp_path), _PROGRAM],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "the store cannot write: the disk is full",
        "all are read",
        "the queue is read",
        "True",
        "all are there",
    ]
