"""Two programs that talk: by two real zuko-inits over sockets, with and without TLS, and once in real containers."""

import contextlib
import json
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from tests.harness.supervisor import PROBE, Supervisor, build
from zuko.engine.engine import Engine
from zuko.errors import ProtocolError, SandboxError
from zuko.languages.table import PYTHON
from zuko.sandbox import conversation
from zuko.sandbox.conversation import BUFFER_MAX, converse
from zuko.sandbox.protocol import FrameType
from zuko.sandbox.sandbox import Sandbox
from zuko.sandbox.stream import Stream
from zuko.settings import Settings
from zuko.types import Isolation, Limits, Outcome, Run, SourceFile

MIB = 1 << 20
SPEC = Settings().sandbox(PYTHON)

Sandboxes = tuple[Sandbox, Sandbox]
INITS: dict[Sandbox, Supervisor] = {}


# --- sandboxes without an engine -------------------------------------------------------------------------------------


def relay(init: Supervisor, far: socket.socket) -> list[threading.Thread]:
    """Relay like the engine: bytes to standard input unchanged, those of standard output in chunks with a header."""

    def inwards() -> None:
        with contextlib.suppress(OSError):
            while data := far.recv(1 << 16):
                init.send(data)
        init.hang_up()

    def outwards() -> None:
        with contextlib.suppress(OSError):
            while data := init.take():
                far.sendall(struct.pack(">BxxxI", 1, len(data)) + data)
        with contextlib.suppress(OSError):
            far.shutdown(socket.SHUT_WR)

    threads = [threading.Thread(target=inwards), threading.Thread(target=outwards)]
    for thread in threads:
        thread.start()
    return threads


class Context:
    """Both ends of a connection: a pair of sockets, or TLS over it."""

    def __init__(self, certificate: Path | None) -> None:
        self.certificate = certificate

    def connect(self) -> tuple[socket.socket, socket.socket]:
        near, far = socket.socketpair()
        if self.certificate is None:
            return near, far
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(self.certificate)
        client = ssl.create_default_context(cafile=str(self.certificate))
        client.check_hostname = False
        wrapped: list[socket.socket] = []
        thread = threading.Thread(target=lambda: wrapped.append(server.wrap_socket(far, server_side=True)))
        thread.start()
        secured = client.wrap_socket(near)
        thread.join()
        return secured, wrapped[0]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-subj", "/CN=zuko", "-days", "1", "-keyout", path, "-out", path.with_suffix(".crt")),
        ],
        check=True,
        capture_output=True,
    )
    with path.open("ab") as both:
        both.write(path.with_suffix(".crt").read_bytes())
    return path


@pytest.fixture(params=["plain", "TLS"])
def context(request: pytest.FixtureRequest, certificate: Path) -> Context:
    return Context(certificate if request.param == "TLS" else None)


@contextlib.contextmanager
def sandbox(context: Context, *, boxes: bool = False, beside: Sandbox | None = None) -> Iterator[Sandbox]:
    """Return a sandbox whose container is namespaces of the test, and its network one of its own or another's."""
    with Supervisor(binary="zuko-init", boxes=boxes, beside=None if beside is None else INITS[beside]) as init:
        near, far = context.connect()
        threads = relay(init, far)
        spec = SPEC if beside is None else replace(SPEC, beside=beside.container_id)
        made = Sandbox(cast(Engine, None), str(init.process.pid), Stream(near), spec, None)
        INITS[made] = init
        try:
            yield made
        finally:
            del INITS[made]
            made.close()
            for thread in threads:
                thread.join()
            far.close()


@pytest.fixture(params=["plain", "TLS", "linked"])
def pair(request: pytest.FixtureRequest, certificate: Path) -> Iterator[Sandboxes]:
    """Return two sandboxes that are joined by us, with or without TLS, or directly."""
    if request.param == "linked":
        with linked() as sandboxes:
            yield sandboxes
        return
    context = Context(certificate if request.param == "TLS" else None)
    with sandbox(context) as left, sandbox(context) as right:
        yield left, right


@contextlib.contextmanager
def linked() -> Iterator[Sandboxes]:
    with sandbox(Context(None), boxes=True) as left, sandbox(Context(None), boxes=True, beside=left) as right:
        assert left.link(right)
        yield left, right


@pytest.fixture
def plain() -> Iterator[Sandboxes]:
    """Return sandboxes without TLS, where that makes no difference."""
    with sandbox(Context(None)) as left, sandbox(Context(None)) as right:
        yield left, right


def talker(*argv: str, wall_ms: int = 20_000, stdout: int = 64 * MIB, **rest: Any) -> Run:
    words = argv if "/" in argv[0] or "keep" in rest else (PROBE, *argv)
    return Run(words, Limits(wall_ms, None, stdout), interactive=True, **rest)


def shell(script: str, **rest: Any) -> Run:
    return talker("/bin/sh", "-c", script, **rest)


GUESS = """
low=1; high=1000
while [ $low -le $high ]; do
    echo $(((low + high) / 2)); read -r answer
    case $answer in
        low) low=$(((low + high) / 2 + 1));;
        high) high=$(((low + high) / 2 - 1));;
        *) exit 0;;
    esac
done
exit 1
"""
ANSWER = """
number=$1
while read -r guess; do
    if [ $guess -lt 731 ]; then echo low; elif [ $guess -gt 731 ]; then echo high; else echo right; exit 42; fi
done
exit 43
"""


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
        most = max(most, self._outgoing_bytes)

    monkeypatch.setattr(conversation._Side, "queue", watched)
    started = time.monotonic()
    ended = converse(plain[0], talker("flood", wall_ms=500), plain[1], talker("hang", "", "", wall_ms=1500))
    assert (ended.left.outcome, ended.right.outcome) == (Outcome.WALL_TIME, Outcome.WALL_TIME)
    assert time.monotonic() - started < 4
    assert said < 4 * MIB
    assert BUFFER_MAX <= most < 4 * BUFFER_MAX
    assert ended.left.usage.wall_time_ns < 1_000_000_000


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


# --- directly ---------------------------------------------------------------------------------------------------------


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


# --- failures --------------------------------------------------------------------------------------------------------


def test_who_talks_is_interactive_and_has_no_input(plain: Sandboxes) -> None:
    for run in (Run(("/bin/cat",), Limits(1000)), talker("/bin/cat", input_data=b"x")):
        with pytest.raises(ValueError, match="interactive"):
            converse(plain[0], run, plain[1], talker("/bin/cat"))
        with pytest.raises(ValueError, match="interactive"):
            converse(plain[0], talker("/bin/cat"), plain[1], run)
    with pytest.raises(ValueError, match="converse"):
        plain[0].run(talker("/bin/cat"))


@pytest.mark.parametrize("which", [0, 1], ids=["left", "right"])
def test_a_sandbox_that_breaks_is_named(pair: Sandboxes, which: int) -> None:
    """Cancelled from another thread: at once, whatever the programs do."""
    canceller = threading.Timer(0.5, pair[which].cancel)
    canceller.start()
    started = time.monotonic()
    with pytest.raises(SandboxError, match=f"^{('left', 'right')[which]}: "):
        converse(pair[0], talker("flood", wall_ms=2000), pair[1], talker("hang", "", "", wall_ms=2000))
    assert time.monotonic() - started < 3
    canceller.join()


def test_the_reason_for_which_a_supervisor_gives_up_is_reported(plain: Sandboxes) -> None:
    file = SourceFile("x", b"")
    with pytest.raises(SandboxError, match=r"^right: the supervisor gave up: create x: File exists$"):
        converse(plain[0], talker("/bin/cat"), plain[1], talker("/bin/cat", files=(file, file)))


def replies(*frames: bytes) -> bytes:
    return b"".join(struct.pack(">BxxxI", 1, len(frame)) + frame for frame in frames)


HELLO = bytes.fromhex("48 0c000000 0400 00 02 00 01 204e0000 0000")
RESULT = b"r\x34\0\0\0" + struct.pack("<BBBBBBiiQQQIHII", 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("said", "kind", "message"),
    [
        ((RESULT,), ProtocolError, "left: the sandbox sent a result before its program's end"),
        ((b"o\0\0\0\0", b"o\0\0\0\0"), ProtocolError, "left: the sandbox sent OUTPUT where a result was due"),
        ((b"o\x05\0\0\0xxxxx",), ProtocolError, "left: the sandbox sent more output than the run may print"),
        ((b"p\x08\0\0\0" + bytes(8),), ProtocolError, "left: the sandbox sent PONG where a result was due"),
        ((b"o\xff\xff\xff\xff",), ProtocolError, "left: the sandbox sent a frame of 4294967295 bytes, more"),
        ((b"X\0\0\0\0",), ProtocolError, "left: the sandbox sent a frame of unknown type 88"),
        ((b"f\x01\0\0\0x",), ProtocolError, "left: the sandbox sent TAKEN where a result was due"),
        ((), SandboxError, "left: the sandbox ended without an answer"),
    ],
)
def test_a_sandbox_that_sends_what_is_not_due(said: tuple[bytes, ...], kind: type[SandboxError], message: str) -> None:
    near, far = socket.socketpair()
    with sandbox(Context(None)) as right, far:
        far.sendall(replies(HELLO))
        left = Sandbox(cast(Engine, None), "none", Stream(near), SPEC, None)
        far.sendall(replies(*said))
        if not said:
            far.shutdown(socket.SHUT_WR)
        with pytest.raises(SandboxError) as raised:
            converse(left, talker("/bin/cat", stdout=4), right, talker("/bin/cat"))
        assert type(raised.value) is kind
        assert str(raised.value).startswith(message)
        left.close()


def test_a_sandbox_that_falls_silent_is_named() -> None:
    near, far = socket.socketpair()
    with sandbox(Context(None)) as right, far:
        far.sendall(replies(HELLO))
        left = Sandbox(cast(Engine, None), "none", Stream(near), SPEC, None)
        started = time.monotonic()
        with pytest.raises(SandboxError, match=r"^left: the sandbox went silent$"):
            converse(left, talker("/bin/cat", wall_ms=300), right, talker("/bin/cat"), silence_s=0.5)
        assert 0.8 <= time.monotonic() - started < 2
        left.close()
