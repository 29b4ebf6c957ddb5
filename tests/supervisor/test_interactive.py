"""Interactive runs: the host exchanges data with a living program, and none of the three can block the others for long.

As in test_init.py the real binary runs under ASan and UBSan, as PID 1 of its own namespaces.
"""

import os
import select
import time

import pytest

from tests.harness.supervisor import MS, PROBE, TIMEOUT_S, Ended, Supervisor
from zuko.sandbox import protocol
from zuko.sandbox.protocol import TALK_MAX, FrameType
from zuko.types import Outcome, RunResult, SourceFile

MIB = 1 << 20
OVER = protocol.encode_frame(FrameType.OVER, b"")
STOP = protocol.encode_frame(FrameType.STOP, b"")
END = protocol.encode_frame(FrameType.TALK, b"")


def talk(said: bytes, size: int = TALK_MAX) -> bytes:
    """Return frames of at most `size` bytes each."""
    return b"".join(protocol.encode_frame(FrameType.TALK, said[at : at + size]) for at in range(0, len(said), size))


def start(init: Supervisor, *argv: str, **options: object) -> None:
    init.start(*argv, interactive=True, **options)  # type: ignore[arg-type]


def rest(init: Supervisor) -> tuple[bytes, RunResult]:
    """Return the rest of the program's output, all of it before an empty frame, and its result."""
    printed = bytearray()
    while True:
        kind, part = init.frame()
        if kind is FrameType.CLOSED:
            continue
        assert kind is FrameType.OUTPUT, (kind, part)
        if not part:
            break
        assert len(part) <= TALK_MAX
        printed += part
    result = init.result()
    assert result.stdout == b""
    return bytes(printed), result


def hear(init: Supervisor, size: int) -> bytes:
    """Return so many bytes of the program's output, in however many frames."""
    heard = b""
    while len(heard) < size:
        heard += init.output()
    return heard


def exchange(init: Supervisor, said: bytes) -> tuple[bytes, RunResult]:
    """Send frames and receive output at the same time, as a host with much data must."""
    left, came = memoryview(said), bytearray()
    os.set_blocking(init.to, False)
    deadline = time.monotonic() + TIMEOUT_S
    try:
        while left:
            assert time.monotonic() < deadline
            readable, writable, _ = select.select([init.back], [init.to], [], 1)
            if readable:
                came += os.read(init.back, 1 << 18)
            if writable:
                left = left[os.write(init.to, left) :]
    finally:
        os.set_blocking(init.to, True)
    init.unread(bytes(came))
    return rest(init)


def cpu_seconds(init: Supervisor) -> float:
    used = init.outside().cpu_times()
    return used.user + used.system


# --- a dialogue ------------------------------------------------------------------------------------------------------


def test_a_dialogue(init: Supervisor) -> None:
    """Each line is answered before the next is sent, and the end of its input ends the program."""
    start(init, "/bin/sh", "-c", 'while read -r line; do echo "<$line>"; done; echo end; exit 3')
    for line in (b"one", b"", "größe".encode()):
        init.send(talk(line + b"\n"))
        assert hear(init, len(line) + 3) == b"<" + line + b">\n"
    init.send(END)
    printed, result = rest(init)
    assert (printed, result.exit_code, result.reusable) == (b"end\n", 3, True)
    assert not result.stdout_truncated


def test_the_program_may_begin(init: Supervisor) -> None:
    start(init, "/bin/sh", "-c", "echo who; read -r name; echo hello $name")
    assert hear(init, 4) == b"who\n"
    init.send(talk(b"Zuko\n"))
    assert rest(init)[0] == b"hello Zuko\n"


def test_standard_error_comes_with_the_result(init: Supervisor) -> None:
    start(init, "/bin/sh", "-c", "echo out; echo err >&2")
    printed, result = rest(init)
    assert (printed, result.stderr) == (b"out\n", b"err\n")


def test_frames_may_arrive_byte_by_byte(init: Supervisor) -> None:
    start(init, "/bin/cat")
    for byte in talk(b"Zuko\n"):
        init.send(bytes([byte]))
        time.sleep(0.001)
    assert hear(init, 5) == b"Zuko\n"
    init.send(END)
    assert rest(init)[1].exit_code == 0


def test_what_is_said_at_once_is_heard_in_order(init: Supervisor) -> None:
    """Small frames, the end among them: what comes after the end is dropped."""
    start(init, "/bin/cat")
    said = bytes(range(256)) * 20
    init.send(talk(said, 7) + END + talk(b"never heard") + END + END)
    printed, result = rest(init)
    assert (printed, result.exit_code) == (said, 0)


@pytest.mark.parametrize("binary", ["zuko-init", "zuko-init-sanitized"])
def test_ten_megabytes_each_way_at_once(binary: str) -> None:
    """More than all buffers between hold. The supervisor keeps none of it."""
    said = os.urandom(1 << 16) * 160
    with Supervisor(binary=binary) as init:
        init.hello()
        start(init, "/bin/cat", stdout=16 * MIB)
        printed, result = exchange(init, talk(said) + END)
        assert result.exit_code == 0
        assert printed == said
        if binary == "zuko-init":
            assert init.outside().memory_info().rss < MIB


# --- the end ---------------------------------------------------------------------------------------------------------


def test_last_words_are_not_lost(init: Supervisor) -> None:
    for size in (1, 4096, 65536, 200_000):
        start(init, "write", str(size), "0")
        printed, result = rest(init)
        assert (len(printed), result.exit_code) == (size, 0)


@pytest.mark.parametrize("limit", [0, 1, 65536, 100_000])
def test_the_limit_of_output_counts_what_has_gone(init: Supervisor, limit: int) -> None:
    """Output within the limit arrives, in frames and in the result; one byte more ends the run."""
    start(init, "write", str(limit), "0", stdout=limit)
    printed, result = rest(init)
    assert (len(printed), result.outcome, result.stdout_truncated) == (limit, Outcome.EXITED, False)
    for size in (limit + 1, limit + 300_000):
        start(init, "write", str(size), "0", stdout=limit)
        printed, result = rest(init)
        assert (len(printed), result.outcome, result.stdout_truncated) == (limit, Outcome.OUTPUT, True)


def test_the_wall_time_limit_while_both_talk(init: Supervisor) -> None:
    start(init, "/bin/cat", wall_ms=500, stdout=64 * MIB)
    heard, deadline = 0, time.monotonic() + TIMEOUT_S
    while True:
        init.send(talk(b"x" * 100))
        part = init.output()
        assert time.monotonic() < deadline
        if not part:
            break
        heard += len(part)
    result = init.result()
    assert result.outcome is Outcome.WALL_TIME
    assert heard > 0
    assert 500 * MS <= result.usage.wall_time_ns < 1000 * MS
    assert init.run("exit", "3").exit_code == 3


def test_a_host_that_does_not_listen_delays_no_limit(direct: Supervisor) -> None:
    """The program floods and the host does not read: the program waits, and its wall time passes."""
    started = time.monotonic()
    start(direct, "flood", wall_ms=500, stdout=64 * MIB)
    deadline = started + TIMEOUT_S
    while not direct.outside().children():
        assert time.monotonic() < deadline
    while direct.outside().children():  # seen from outside: there is no event to wait for
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert 0.4 < time.monotonic() - started < 3
    printed, result = rest(direct)
    assert (result.outcome, result.reusable) == (Outcome.WALL_TIME, True)
    assert 500 * MS <= result.usage.wall_time_ns < 1000 * MS
    assert 65536 <= len(printed) < MIB
    assert set(printed) == {ord("x")}


def test_flushed_words_of_a_host_that_does_not_listen(init: Supervisor) -> None:
    """Output that is flushed at the limit comes after the output before it, and both come once."""
    many = 100_000  # more than one pipe holds, and less than those on the way
    start(init, "/bin/sh", "-c", f"head -c {many} /dev/zero; exec {PROBE} flush exits", wall_ms=600, flush_signal=64)
    time.sleep(1)
    printed, result = rest(init)
    assert result.outcome is Outcome.WALL_TIME
    assert printed == bytes(many) + b"before flushed"


def test_the_cpu_time_limit_of_an_interactive_run(direct: Supervisor) -> None:
    start(direct, "spin", "0", cpu_ms=100)
    assert rest(direct)[1].outcome is Outcome.CPU_TIME


def test_hang_up_in_mid_talk_is_the_end(init: Supervisor) -> None:
    start(init, "/bin/cat")
    init.send(talk(b"x"))
    assert hear(init, 1) == b"x"
    init.hang_up()
    with pytest.raises(Ended):
        init.frame()
    assert init.wait() == 0


def test_the_end_is_reported_before_the_sandbox_is_emptied(direct: Supervisor) -> None:
    """A peer of the program learns of the end at once, however much the program leaves behind."""
    start(direct, "deep", "/mnt/workspace", "6000")
    assert direct.output() == b""
    ended = time.monotonic()
    assert direct.result().reusable
    assert time.monotonic() - ended > 0.05  # emptying 3,000 levels took 45 ms on a fast machine


def test_closing_the_output_is_not_the_end(init: Supervisor) -> None:
    start(init, "/bin/sh", "-c", "exec >&-; read -r line; exit 3")
    assert init.expect(FrameType.CLOSED) == b""
    assert not select.select([init.back], [], [], 0.3)[0]
    init.send(talk(b"\n"))
    assert rest(init)[1].exit_code == 3


def test_the_end_of_its_input_comes_when_all_is_read_and_the_program_waits(init: Supervisor) -> None:
    """Before that, it cannot have answered the end, however long it takes; and the result says so."""
    for end, heard in ((END, False), (OVER, True)):
        start(init, "/bin/sh", "-c", "read -r line; sleep 0.2; exit 3")
        init.send(talk(b"x\n") + end)
        result = rest(init)[1]
        assert (result.exit_code, result.heard_end) == (3, False)
        start(init, "/bin/sh", "-c", "read -r line; sleep 0.2; read -r line; exit 4")
        init.send(talk(b"x\n") + end)
        result = rest(init)[1]
        assert (result.exit_code, result.heard_end) == (4, heard)


def test_a_run_is_stopped_on_request(init: Supervisor) -> None:
    for argv in (("/bin/cat",), ("hang", "", ""), ("flood",)):
        started = time.monotonic()
        start(init, *argv, stdout=64 * MIB)
        init.send(STOP)
        result = rest(init)[1]
        assert (result.outcome, result.reusable) == (Outcome.STOPPED, True)
        assert time.monotonic() - started < 5
    init.send(STOP + OVER)  # too late: it is dropped
    assert init.run("exit", "3").exit_code == 3


# --- programs that do not listen -------------------------------------------------------------------------------------


def test_a_program_that_never_reads(init: Supervisor) -> None:
    """The host's words wait, its limit does not; nothing of them is left for the next run."""
    start(init, "hang", "", "", wall_ms=500)
    printed, result = exchange(init, talk(bytes(200_000)))
    assert (printed, result.outcome) == (b"", Outcome.WALL_TIME)
    assert result.usage.wall_time_ns < 1000 * MS
    start(init, "/bin/cat")
    init.send(talk(b"new") + END)
    assert rest(init)[0] == b"new"


def test_a_program_that_ends_without_reading(init: Supervisor) -> None:
    for _ in range(20):
        start(init, "exit", "3")
        assert exchange(init, talk(bytes(300_000)))[1].exit_code == 3


def test_a_program_that_closes_its_input(init: Supervisor) -> None:
    """Later input is dropped, and the program goes on."""
    start(init, "/bin/sh", "-c", "read -r line; exec <&-; echo $line; sleep 0.3; echo still here")
    printed, result = exchange(init, talk(b"hello\n") + talk(bytes(2 * MIB)) + END)
    assert (printed, result.exit_code) == (b"hello\nstill here\n", 0)


def test_a_child_that_holds_the_input_delays_nothing(init: Supervisor) -> None:
    start(init, "/bin/sh", "-c", f"{PROBE} daemons 3")
    init.send(talk(b"x" * 100_000))
    assert rest(init)[1].exit_code == 0
    start(init, "/bin/cat")
    init.send(END)
    assert rest(init)[1].exit_code == 0


IDLE = {
    "no output": ("sleep 20", b""),
    "the program does not read": ("sleep 20", talk(bytes(200_000))),
    "the program has closed its input": ("exec <&-; sleep 20", talk(b"x")),
    "the program has closed its output": ("exec >&-; exec 2>&-; sleep 20", b""),
    "the host has ended its input": ("sleep 20", END),
    "the host is in the middle of a header": ("sleep 20", END[:3]),
    "the host is in the middle of a frame": ("cat >/dev/null", talk(b"Zuko")[:-2]),
    "the host does not listen": ("yes", b""),
}


@pytest.mark.parametrize("state", IDLE)
def test_waiting_costs_nothing(state: str) -> None:
    """There is no loop without a pause, in any state of waiting."""
    script, said = IDLE[state]
    with Supervisor(binary="zuko-init") as init:
        init.hello()
        start(init, "/bin/sh", "-c", script, wall_ms=1300, stdout=64 * MIB)
        os.set_blocking(init.to, False)
        left, deadline = memoryview(said), time.monotonic() + 0.3
        while time.monotonic() < deadline:
            if left and select.select([], [init.to], [], 0.01)[1]:
                left = left[os.write(init.to, left) :]
        os.set_blocking(init.to, True)
        before = cpu_seconds(init)
        time.sleep(0.8)
        assert cpu_seconds(init) - before <= 0.03  # clock ticks of 10 ms
        time.sleep(0.4)  # until the limit has passed
        assert rest(init)[1].outcome is Outcome.WALL_TIME


# --- after the end ---------------------------------------------------------------------------------------------------


def test_the_host_cannot_know_of_the_end(init: Supervisor) -> None:
    """Input after the end is dropped, before a ping, files, and runs of either kind."""
    for _ in range(3):
        start(init, "exit", "0")
        result = rest(init)[1]
        assert result.reusable
        init.send(talk(b"late" * 100_000) + END)
        init.send(protocol.encode_frame(FrameType.PING, b"12345678"))
        assert init.expect(FrameType.PONG) == b"12345678"
        init.send(talk(b"later"))
        assert init.run("/bin/cat", stdin=b"input").stdout == b"input"
        init.send(talk(b"still later") + END)
        start(init, "/bin/cat", files=(SourceFile("x", b""),))
        init.send(talk(b"now") + END)
        assert rest(init)[0] == b"now"


@pytest.mark.parametrize("cut", [1, 4, 5, 6, 50_000])
def test_a_frame_that_is_cut_off_by_the_end(init: Supervisor, cut: int) -> None:
    """The answer does not wait for the rest of it, and the rest is no other frame."""
    frame = talk(b"R" * 60_000)
    start(init, "/bin/sh", "-c", "sleep 0.1; exit 3")
    init.send(frame[:cut])
    result = rest(init)[1]
    assert (result.exit_code, result.reusable) == (3, True)
    init.send(frame[cut:])
    start(init, "/bin/cat")
    init.send(talk(b"next") + END)
    assert rest(init)[0] == b"next"


def test_a_sandbox_used_once_ends_while_the_host_talks(init: Supervisor) -> None:
    start(init, "exit", "3", again=False)
    result = exchange(init, talk(bytes(30_000)))[1]
    assert (result.exit_code, result.reusable) == (3, False)
    with pytest.raises(Ended):
        init.frame()
    assert init.wait() == 0


# --- what the host may not do ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (protocol.encode_frame(FrameType.PING, bytes(8)), "a frame of type 80 while a program runs"),
        (b"\0\0\0\0\0", "a frame of type 0 while a program runs"),
        (b"i\x01\0\x01\0", "talk: frame is too long"),
        (b"i\xff\xff\xff\xff", "talk: frame is too long"),
    ],
)
@pytest.mark.parametrize("before", [b"", talk(b"x")], ids=["first", "after a frame"])
def test_a_wrong_frame_while_a_program_talks(init: Supervisor, frame: bytes, reason: str, before: bytes) -> None:
    start(init, "/bin/sh", "-c", "cat >/dev/null")
    init.send(before + frame)
    assert init.error() == reason


def test_a_frame_too_long_outside_of_a_run(init: Supervisor) -> None:
    init.send(talk(bytes(TALK_MAX)) + b"i\x01\0\x01\0")
    assert init.error() == "talk: frame is too long"


def test_an_error_comes_after_the_frame_that_is_on_its_way(init: Supervisor) -> None:
    """The host has taken a part of an output frame: what follows is its rest, and then the reason."""
    start(init, "flood", stdout=64 * MIB)
    time.sleep(0.3)  # until it is in the middle of a frame: there is no event to wait for
    init.send(protocol.encode_frame(FrameType.PING, bytes(8)))
    kind, payload = init.frame()
    while kind is FrameType.OUTPUT:
        assert set(payload) == {ord("x")}
        kind, payload = init.frame()
    assert (kind, payload) == (FrameType.ERROR, b"a frame of type 80 while a program runs")
    assert init.wait() == 1


def test_input_of_another_kind_is_refused(init: Supervisor) -> None:
    """An input frame is for a file, which an interactive program does not have."""
    start(init, "exit", "0", stdin=b"x")
    assert init.error() == "run: an interactive run gets its input in talk frames"


# --- both outputs while it runs ---------------------------------------------------------------------------------------


def both(init: Supervisor) -> tuple[list[tuple[FrameType, bytes]], RunResult]:
    """Return the rest of both outputs, with an empty frame at their end, and the result."""
    parts = []
    while (part := init.frame()) != (FrameType.OUTPUT, b""):
        assert part[0] in {FrameType.OUTPUT, FrameType.ERRORS}, part
        parts.append(part)
    result = init.result()
    assert (result.stdout, result.stderr) == (b"", b"")
    return parts, result


def test_both_outputs_come_while_input_goes(init: Supervisor) -> None:
    start(
        init, "/bin/sh", "-c", "while read -r name; do echo out $name; echo err $name >&2; done; exit 3", streams=True
    )
    for name in (b"one", b"two"):
        init.send(talk(name + b"\n"))
        assert init.frame() == (FrameType.OUTPUT, b"out " + name + b"\n")
        assert init.frame() == (FrameType.ERRORS, b"err " + name + b"\n")
    init.send(END)
    parts, result = both(init)
    assert (parts, result.exit_code, result.reusable) == ([], 3, True)


def test_an_output_that_is_closed_is_no_event(init: Supervisor) -> None:
    """A host that reads both outputs gets the end of the program alone."""
    start(init, "/bin/sh", "-c", "exec >&-; sleep 0.1; echo late >&2", streams=True)
    parts, result = both(init)
    assert (parts, result.exit_code) == ([(FrameType.ERRORS, b"late\n")], 0)


def test_much_of_both_outputs_is_bounded_each(init: Supervisor) -> None:
    script = "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2"
    start(init, "/bin/sh", "-c", script, streams=True, stdout=300_000, stderr=200_000)
    parts, result = both(init)
    sizes = {kind: sum(len(part) for each, part in parts if each is kind) for kind, _ in parts}
    assert sizes == {FrameType.OUTPUT: 300_000, FrameType.ERRORS: 200_000}
    assert (result.outcome, result.stdout_truncated, result.stderr_truncated) == (Outcome.OUTPUT, False, True)


def test_a_run_with_both_outputs_is_stopped(init: Supervisor) -> None:
    start(init, "/bin/sh", "-c", "echo here; cat", streams=True)
    assert init.frame() == (FrameType.OUTPUT, b"here\n")
    init.send(STOP)
    assert both(init)[1].outcome is Outcome.STOPPED
