"""Two programs that talk: by two real zuko-inits over sockets, with and without TLS, and once in real containers."""

import time
from dataclasses import replace
from typing import Any

import pytest

from tests.harness.supervisor import build
from tests.supervisor.conversing import ANSWER, GUESS, MIB, SPEC, Context, Sandboxes, sandbox, shell, talker
from zuko.sandbox import conversation
from zuko.sandbox.conversation import BUFFER_MAX, converse
from zuko.sandbox.protocol import FrameType
from zuko.types import Isolation, Limits, Outcome, Run, SourceFile

# --- a conversation --------------------------------------------------------------------------------------------------


def test_a_game(pair: Sandboxes) -> None:
    """Question and answer to the end, three times in the same sandboxes."""
    for _ in range(3):
        ended = converse(pair[0], shell(GUESS), pair[1], shell(ANSWER), more=True)
        assert (ended.left.exit_code, ended.right.exit_code) == (0, 42)
        assert (ended.left.reusable, ended.right.reusable) == (True, True)
        assert (ended.left.stdout, ended.right.stdout) == (b"", b"")
    assert pair[0].run(Run(("/bin/echo", "hello"), Limits(5000))).stdout == b"hello\n"


def test_a_sandbox_with_boxes_serves_many_submissions(context: Context) -> None:
    """What is kept for one of them is not there for the next; a runtime that cannot be kept warm breaks nothing."""
    with sandbox(context, boxes=True) as left, sandbox(context, boxes=True) as right:
        assert left.hello.isolation is Isolation.NAMESPACES
        assert left.refused_warmth == "the warm runtime did not start"
        tool = SourceFile("tool", (build() / "probe").read_bytes(), 0o755)
        for turn in range(3):
            assert left.submissions_left == SPEC.max_submissions - turn
            talk = talker("tool", "write", "5", "0", keep=(tool, SourceFile("kept", b"")))
            for more in (True, False):
                ended = converse(left, talk if more else replace(talk, keep=()), right, shell("cat >&2"), more=more)
                assert ended.right.stderr == b"xxxxx"
                assert (ended.left.reusable, ended.right.reusable) == (True, True)
            assert left.end_submission()
            assert right.end_submission()
            assert left.run(Run(("/bin/ls",), Limits(5000)), more=True).stdout == b""
            left.ping(5)


def test_a_sandbox_with_boxes_ends_after_as_many_submissions_as_it_may_serve() -> None:
    with sandbox(Context(None), boxes=True) as left:
        left.submissions_left = 2
        assert left.run(Run(("/bin/true",), Limits(5000))).reusable
        assert left.end_submission()
        assert not left.run(Run(("/bin/true",), Limits(5000))).reusable
        assert not left.end_submission()


def test_the_one_that_ends_first(pair: Sandboxes) -> None:
    """The other reads end of file, has its last words, and may go on."""
    goodbye = shell("cat >&2; echo goodbye; exit 3")
    short = shell("echo hello; exit 1")
    ended = converse(pair[0], short, pair[1], goodbye, more=True)
    assert (ended.left.exit_code, ended.right.exit_code, ended.right.stderr) == (1, 3, b"hello\n")
    assert ended.right.heard_end
    ended = converse(pair[0], goodbye, pair[1], short)
    assert (ended.left.exit_code, ended.right.exit_code, ended.left.stderr) == (3, 1, b"hello\n")
    assert not ended.right.heard_end


def test_one_that_closes_its_output_and_reads_on(pair: Sandboxes) -> None:
    closes = shell("echo hello; exec >&-; cat >&2")
    hears = shell("cat >&2; echo goodbye")
    for one, two in ((closes, hears), (hears, closes)):
        ended = converse(pair[0], one, pair[1], two, more=True)
        assert {ended.left.stderr, ended.right.stderr} == {b"hello\n", b"goodbye\n"}
        assert (ended.left.exit_code, ended.right.exit_code) == (0, 0)


def test_a_result_that_settles_it_stops_the_other_one(pair: Sandboxes) -> None:
    """At once or a little later."""
    right = shell("sleep 0.1; exit 43")
    for left_s, settle in ((0.0, lambda *_: 0.0), (0.3, lambda *_: 0.3)):
        started = time.monotonic()
        ended = converse(pair[0], talker("hang", "", ""), pair[1], right, settle=settle, more=True)
        assert (ended.left.outcome, ended.right.exit_code) == (Outcome.STOPPED, 43)
        assert (ended.left.reusable, ended.right.reusable) == (True, True)
        assert left_s <= time.monotonic() - started < 5


def test_much_both_ways_at_once(pair: Sandboxes) -> None:
    """Each says more than any buffer holds while it listens, and all of it arrives."""
    size = 10 * MIB
    said, heard = f"head -c {size} /dev/zero", f"head -c {size} | wc -c >&2"
    ended = converse(pair[0], shell(f"{said} & {heard}; wait"), pair[1], shell(f"{said} & {heard}; wait"))
    assert ended.left.stderr.strip() == ended.right.stderr.strip() == str(size).encode()


def test_an_echo_of_much(pair: Sandboxes) -> None:
    """Each byte comes back as it was, in its order."""
    script = "head -c 5000000 /dev/urandom >said; cat said & head -c 5000000 | cmp said - && echo same >&2"
    ended = converse(pair[0], shell(script), pair[1], talker("/bin/cat"))
    assert ended.left.stderr == b"same\n"


def test_files_kept_programs_and_what_is_taken(plain: Sandboxes) -> None:
    tool = SourceFile("tool", (build() / "probe").read_bytes(), 0o755)
    left = talker("tool", "write", "5", "0", keep=(tool,))
    right = shell("cat >heard", take=("heard",), send_taken=True, files=(SourceFile("x", bytes(5 * MIB)),))
    for run in (left, replace(left, keep=())):
        ended = converse(plain[0], run, plain[1], right, more=True)
        assert [file.content for file in ended.right.files] == [b"xxxxx"]


# --- limits ----------------------------------------------------------------------------------------------------------


def test_one_that_does_not_listen_holds_the_other_back(plain: Sandboxes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The flood waits as at a full pipe: no more than the buffers hold is taken from it, and both limits are kept."""
    most = said = 0
    tell = conversation._Side.queue

    def watched(self: Any, kind: FrameType, words: bytes = b"") -> None:
        nonlocal most, said
        tell(self, kind, words)
        said += len(words)
        most = max(most, self._outgoing.size_bytes)

    monkeypatch.setattr(conversation._Side, "queue", watched)
    started = time.monotonic()
    ended = converse(plain[0], talker("flood", wall_ms=1000), plain[1], talker("hang", "", "", wall_ms=2000))
    assert (ended.left.outcome, ended.right.outcome) == (Outcome.WALL_TIME, Outcome.WALL_TIME)
    assert time.monotonic() - started < 4
    assert said < 4 * MIB
    assert BUFFER_MAX <= most < 4 * BUFFER_MAX
    assert ended.left.usage.wall_time_ns < 1_500_000_000


def test_both_wait_for_each_other(plain: Sandboxes) -> None:
    started = time.monotonic()
    ended = converse(plain[0], talker("/bin/cat", wall_ms=300), plain[1], talker("/bin/cat", wall_ms=5000))
    assert ended.left.outcome is Outcome.WALL_TIME
    assert (ended.right.outcome, ended.right.exit_code) == (Outcome.EXITED, 0)
    assert time.monotonic() - started < 3


def test_a_limit_of_words_is_a_run_s(pair: Sandboxes) -> None:
    """One byte more ends the run; the other one hears what was allowed."""
    ended = converse(pair[0], talker("flood", stdout=100_000), pair[1], shell("wc -c >&2"))
    assert (ended.left.outcome, ended.left.stdout_truncated) == (Outcome.OUTPUT, True)
    assert (ended.right.stderr.strip(), ended.right.exit_code) == (b"100000", 0)


def test_one_that_cannot_be_started(plain: Sandboxes) -> None:
    ended = converse(plain[0], talker("/nowhere/program"), plain[1], talker("/bin/cat"))
    assert (ended.left.outcome, ended.right.exit_code) == (Outcome.NOT_STARTED, 0)


@pytest.mark.parametrize("turn", range(5))
def test_sandboxes_that_are_used_once(context: Context, turn: int) -> None:
    """They end by themselves, also while the other one still talks to them: no answer is lost."""
    with sandbox(context) as left, sandbox(context) as right:
        ended = converse(left, shell("exit 3"), right, shell("head -c 3000000 /dev/zero; exit 4"))
        assert (ended.left.exit_code, ended.right.exit_code) == (3, 4)
        assert not ended.left.reusable
        assert not left.end_submission()


def test_ends_at_any_moment_leave_the_sandboxes_in_step(pair: Sandboxes) -> None:
    """A frame that is on its way to a program that ends is sent to its end."""
    for turn in range(20):
        pause = turn * 0.003
        short, long = shell(f"sleep {pause}; exit 3"), shell("head -c 2000000 /dev/zero; exit 4")
        ended = converse(pair[0], short, pair[1], long, more=True)
        assert (ended.left.exit_code, ended.right.exit_code) == (3, 4)
        assert ended.left.reusable
        assert ended.right.reusable
