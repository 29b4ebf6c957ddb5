"""Two programs whose sandboxes are linked: they talk directly, by two real zuko-inits."""

import json
import threading
import time

import pytest

from tests.supervisor.conversing import INITS, Context, linked, sandbox, shell, talker
from zuko.errors import SandboxError
from zuko.sandbox.conversation import converse
from zuko.types import Outcome


def test_the_time_of_the_other_one_is_not_counted() -> None:
    """While it computes, sleeps, or says more than once; and without an end, if the two wait for each other."""
    patient = "read -r line; echo $line; read -r line; read -r line; exit 3"
    slow = "for word in a b c; do sleep 0.4; echo $word; done; read -r line; exit 4"
    with linked() as (left, right):
        ended = converse(left, shell(patient, wall_ms=500), right, shell(slow), more=True)
        assert (ended.left.exit_code, ended.right.exit_code) == (3, 4), ended
        assert ended.left.usage.wall_time_ns < 400_000_000
        spins = "end=$(($(date +%s%N) + 900000000)); while [ $(date +%s%N) -lt $end ]; do :; done; echo x"
        ended = converse(left, shell("read -r line; exit 3", wall_ms=500), right, shell(spins), more=True)
        assert ended.left.exit_code == 3, ended
        started = time.monotonic()
        ended = converse(left, talker("/bin/cat", wall_ms=500), right, talker("/bin/cat"), more=True)
        assert (ended.left.outcome, ended.right.exit_code) == (Outcome.WALL_TIME, 0)
        ended = converse(left, shell("sleep 9", wall_ms=500), right, talker("/bin/cat"), more=True)
        assert (ended.left.outcome, ended.right.exit_code) == (Outcome.WALL_TIME, 0)
        assert time.monotonic() - started < 6


def test_a_flood_that_the_other_one_cannot_read_is_charged() -> None:
    """The one that floods waits for room, and its time passes; the rest of it is read for a second at most."""
    started = time.monotonic()
    with linked() as (left, right):
        reads = shell("while read -r line; do sleep 0.05; done")
        ended = converse(left, talker("flood", wall_ms=500), right, talker("hang", "", "", wall_ms=2500), more=True)
        assert (ended.left.outcome, ended.right.outcome) == (Outcome.WALL_TIME, Outcome.WALL_TIME)
        assert ended.left.usage.wall_time_ns < 1_000_000_000
        ended = converse(left, shell("yes", wall_ms=500), right, reads, settle=lambda *_: 0.5, more=True)
        assert (ended.left.outcome, ended.right.outcome) == (Outcome.WALL_TIME, Outcome.STOPPED)
        assert (ended.left.reusable, ended.right.reusable) == (True, True)
    assert time.monotonic() - started < 12


def test_each_has_a_limit_of_words() -> None:
    with linked() as (left, right):
        for size in (0, 1, 100_000):
            says, hears = talker("write", str(size), "0", stdout=size), shell("wc -c >&2")
            for one, two in ((says, hears), (hears, says)):
                ended = converse(left, one, right, two, more=True)
                assert {ended.left.stderr.strip(), ended.right.stderr.strip()} == {b"", str(size).encode()}
        floods = talker("flood", stdout=100_000)
        ended = converse(left, shell("wc -c >&2"), right, floods, more=True)
        assert (ended.right.outcome, ended.right.stdout_truncated) == (Outcome.OUTPUT, True)
        assert (ended.left.stderr.strip(), ended.left.exit_code) == (b"100000", 0)


def test_the_last_words_to_one_that_has_ended_harm_no_one() -> None:
    """A writer whose reader is gone gets no SIGPIPE."""
    late = shell("read -r line; sleep 0.3; echo goodbye; echo goodbye; exit 5")
    with linked() as (left, right):
        for one, two in ((shell("echo hello; exit 3"), late), (late, shell("echo hello; exit 3"))):
            ended = converse(left, one, right, two, more=True)
            assert {ended.left.exit_code, ended.right.exit_code} == {3, 5}


def test_the_programs_find_nothing_of_the_link() -> None:
    """Each has three pipes and nothing else, and no socket can be seen or reached from its network namespace."""
    looks = """
import json, os, socket, sys
kinds = {}
for number in os.listdir("/proc/self/fd"):
    try: kinds[number] = os.readlink(f"/proc/self/fd/{number}").split(":")[0]
    except OSError: pass
names = open("/proc/net/unix").read().splitlines()[1:]
reached = []
for name in sys.argv[1:]:
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try: probe.connect("\\0" + name); reached.append(name)
    except OSError: pass
print(json.dumps([kinds, names, reached, [pid for pid in os.listdir("/proc") if pid.isdigit()]]), file=sys.stderr)
"""
    with linked() as (left, right):
        table = INITS[left].path("").parent / "net" / "unix"
        names = [line.split("@")[1] for line in table.read_text().splitlines() if "@zuko-" in line]
        run = talker("/usr/bin/python3", "-c", looks, *names)
        ended = converse(left, run, right, run)
        for result in (ended.left, ended.right):
            kinds, sockets, reached, pids = json.loads(result.stderr)
            assert (set(kinds.values()), set(kinds)) == ({"pipe"}, {"0", "1", "2"})
            assert (sockets, reached, sorted(pids)) == ([], [], ["1", "2"])


@pytest.mark.parametrize("which", [0, 1], ids=["left", "right"])
def test_a_linked_sandbox_that_dies_ends_the_other_one_s_run(which: int) -> None:
    with linked() as sandboxes:
        canceller = threading.Timer(0.3, sandboxes[which].cancel)
        canceller.start()
        with pytest.raises(SandboxError, match=f"^{('left', 'right')[which]}: "):
            converse(sandboxes[0], talker("/bin/cat"), sandboxes[1], talker("/bin/cat"))
        canceller.join()


def test_sandboxes_that_cannot_be_linked_are_joined_by_us() -> None:
    """Without namespaces for each run, a program could use the link's name."""
    with sandbox(Context(None)) as left, sandbox(Context(None), beside=left) as right:
        assert not left.link(right)
    with sandbox(Context(None), boxes=True) as left, sandbox(Context(None), boxes=True) as right:
        assert not left.link(right)
        assert converse(left, shell("echo 1; exit 3"), right, talker("/bin/cat")).left.exit_code == 3
