"""Files that outlast a run: kept files are the same before each run, and a run's files can be taken.

As in test_init.py the real binary runs under ASan and UBSan, as PID 1 of its own namespaces.
"""

import functools
import re
import time
from collections.abc import Iterator

import pytest

from tests.harness.supervisor import MS, SOURCE, Supervisor, build, cgroup, cgroup_setup, needs_root
from zuko.sandbox import protocol
from zuko.sandbox.protocol import FrameType
from zuko.types import Outcome, RunResult, SourceFile

MIB = 1 << 20
WORKSPACE_BYTES = 16 * MIB  # as tests/harness/supervisor.py mounts it
KEPT_MAX = int(re.findall(r"#define KEPT_MAX (\d+)", (SOURCE / "protocol.h").read_text())[0])
NOEXEC = "mount -o remount,noexec /mnt/workspace"


@pytest.fixture
def init() -> Iterator[Supervisor]:
    """Return a supervisor that has sent its hello, with a workspace where nothing can be executed."""
    with Supervisor(setup=NOEXEC) as supervisor:
        supervisor.hello()
        yield supervisor


@functools.cache
def tool(name: str = "tool") -> SourceFile:
    """Return the probe, to be kept as a program."""
    return SourceFile(name, (build() / "probe").read_bytes(), 0o755)


# --- what is kept ----------------------------------------------------------------------------------------------------

DATA = SourceFile("größe 日本.txt", bytes(range(256)) * 100, 0o640)
EMPTY = SourceFile("empty", b"", 0o444)


@pytest.mark.parametrize(
    "deed",
    [
        "rm -rf ./*",
        'for f in *; do chmod 600 "$f"; echo other >"$f"; done',
        'for f in *; do mv "$f" "$f~"; ln -s /etc/passwd "$f"; done',
        'for f in *; do rm -f "$f"; mkfifo "$f"; done',
        'for f in *; do rm -f "$f"; mkdir -p "$f/deep"; chmod 0 "$f"; done',
        'for f in *; do touch -d @12345 "$f"; chmod 0 "$f"; done',
        "yes | head -c 20000000 >full; true",
    ],
    ids=lambda deed: deed[:40],
)
def test_what_is_kept_is_the_same_before_each_run(init: Supervisor, deed: str) -> None:
    """Kept files are in each run's workspace with their content and mode, whatever the run before did to them."""
    look = 'stat -c "%a %s %n" -- * | LC_ALL=C sort; cat -- gr* empty; stat -c %Y gr* | grep -q 12345 && echo old'
    first = init.shell(f"{look}; {deed}", keep=(DATA, EMPTY)).stdout
    assert first.startswith(f"444 0 empty\n640 25600 {DATA.name}\n".encode() + DATA.content)
    for _ in range(2):
        assert init.shell(f"{look}; {deed}").stdout == first


def test_what_is_kept_stays_beside_the_files_of_a_run(init: Supervisor) -> None:
    file = SourceFile("file", b"1")
    assert init.run("/bin/ls", keep=(EMPTY,), files=(file,)).stdout == b"empty\nfile\n"
    assert init.run("/bin/ls").stdout == b"empty\n"
    assert init.run("/bin/ls", keep=(SourceFile("later", b""),)).stdout == b"empty\nlater\n"


def test_drop_forgets(init: Supervisor) -> None:
    assert init.run("tool", "exit", "3", keep=(EMPTY, tool())).exit_code == 3
    init.send(protocol.encode_frame(FrameType.DROP, b""))
    assert init.run("/bin/ls").stdout == b""
    result = init.run("tool", "exit", "3")
    assert (result.outcome, result.detail) == (Outcome.NOT_STARTED, "execve: No such file or directory")
    assert init.run("tool", "exit", "4", keep=(EMPTY, tool())).exit_code == 4


# --- kept programs ---------------------------------------------------------------------------------------------------


def test_a_kept_program_runs_though_the_workspace_is_noexec(init: Supervisor) -> None:
    denied = init.run("/mnt/workspace/tool", "exit", "3", files=(tool(),))
    assert (denied.outcome, denied.detail) == (Outcome.NOT_STARTED, "execve: Permission denied")
    for code in range(5):
        result = init.run("tool", "exit", str(code), keep=() if code else (tool(),))
        assert (result.outcome, result.exit_code) == (Outcome.EXITED, code)


def test_a_kept_program_has_no_name(init: Supervisor) -> None:
    """It has no name in the workspace or in /proc, except for the process itself; no descriptor of it is inherited."""
    lines = init.lines("tool", "state", keep=(tool(), EMPTY))
    assert [line for line in lines if line.startswith("fd ")] == ["fd 0", "fd 1", "fd 2"]
    assert init.run("/bin/ls").stdout == b"empty\n"
    assert b"program" not in init.shell("ls -l /proc/1/fd /proc/self/fd 2>/dev/null").stdout


def test_a_program_cannot_write_to_its_own_executable(init: Supervisor) -> None:
    """Sealed, and never open for writing while it is executed."""
    for _ in range(2):
        seals, *tries = init.lines("tool", "executable", keep=() if "tool" in init.kept else (tool(),))
        assert seals == "seals 15"  # SEAL | SHRINK | GROW | WRITE
        assert len(tries) == 8
        assert {line.split()[1] for line in tries} <= {"EACCES", "EPERM", "ETXTBSY"}


def test_a_program_cannot_leave_word_on_its_own_executable(init: Supervisor) -> None:
    """Times, mode, hints, flags and attributes of /proc/self/exe are its owner's: one that was touched goes."""
    first = init.lines("tool", "word", keep=(tool(),))
    assert first == ["mode 500 links 0 word 0 hint 0 flags 0 attribute -1"]
    assert [init.lines("tool", "word") for _ in range(2)] == [first] * 2


def test_an_unchanged_executable_is_used_again(init: Supervisor) -> None:
    """A copy for each run costs more than a small program's run; one that was touched is replaced all the same."""
    first = init.lines("tool", "identity", keep=(tool(),))
    time.sleep(0.02)  # clocks of files move in steps of 4 ms
    assert [init.lines("tool", "identity") for _ in range(3)] == [first] * 3
    init.lines("tool", "word")
    assert init.lines("tool", "identity") != first


@pytest.mark.parametrize("name", ["nothing", "data"])
def test_only_a_kept_program_has_a_plain_name(name: str) -> None:
    """A file of that name that a program leaves in an executable place is not used instead."""
    with Supervisor() as init:
        init.hello()
        init.kept |= {"nothing"}
        result = init.run(name, keep=(SourceFile("data", b"#!/bin/sh\n"),), files=(SourceFile("nothing", b"", 0o755),))
        assert (result.outcome, result.detail) == (Outcome.NOT_STARTED, "execve: No such file or directory")


def test_a_kept_script_cannot_be_executed(init: Supervisor) -> None:
    """Its interpreter would have to open a file without a name: it fails with a message."""
    script = SourceFile("script", b"#!/bin/sh\nexit 0\n", 0o755)
    result = init.run("script", keep=(script,))
    assert (result.outcome, result.detail) == (Outcome.NOT_STARTED, "execve: No such file or directory")
    garbage = init.run("garbage", keep=(SourceFile("garbage", b"\x7fELF", 0o755), SourceFile("none", b"", 0o111)))
    assert (garbage.outcome, garbage.detail) == (Outcome.NOT_STARTED, "execve: Exec format error")
    assert init.run("none").outcome is Outcome.NOT_STARTED


def test_the_peak_rss_of_a_kept_program_is_that_of_any_other() -> None:
    with Supervisor(binary="zuko-init") as init:
        init.hello()
        init.run("tool", "touch", "1", keep=(tool(), SourceFile("large", bytes(8 * MIB))))
        for touched in ("0", "20"):
            kept = init.run("tool", "touch", touched).usage.peak_rss_bytes
            other = init.run("touch", touched).usage.peak_rss_bytes
            assert kept is not None
            assert other is not None
            assert abs(kept - other) < MIB // 4


# --- limits of what is kept ------------------------------------------------------------------------------------------


def keep_frames(*files: SourceFile) -> bytes:
    return b"".join(protocol.encode_frame(FrameType.KEEP, head_of(file) + file.content) for file in files)


def head_of(file: SourceFile) -> bytes:
    name = file.name.encode()
    return file.mode.to_bytes(2, "little") + len(name).to_bytes(2, "little") + name


def test_as_many_files_can_be_kept_as_there_is_room_for(init: Supervisor) -> None:
    init.send(keep_frames(*(SourceFile(f"{number:03}", b"x") for number in range(KEPT_MAX))))
    assert init.lines("/bin/ls") == [f"{number:03}" for number in range(KEPT_MAX)]
    init.send(keep_frames(SourceFile("more", b"")))
    assert init.error() == "keep more: too many files are kept"


@pytest.mark.parametrize("mode", [0o644, 0o755], ids=["data", "program"])
def test_what_is_kept_has_to_fit_the_workspace(init: Supervisor, mode: int) -> None:
    """Files that could not be restored are refused when they are sent; the fullest store can be restored."""
    half = bytes(WORKSPACE_BYTES // 2)
    init.send(keep_frames(SourceFile("a", half, mode), SourceFile("b", half)))
    names = ["b"] if mode == 0o755 else ["a", "b"]
    assert init.lines("/bin/sh", "-c", "ls; ls | wc -l >/dev/null") == names
    init.send(keep_frames(SourceFile("c", b"x")))
    assert init.error() == "keep c: more than the workspace holds"


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        (keep_frames(EMPTY, EMPTY), "keep empty: a file of this name is kept"),
        (keep_frames(EMPTY, SourceFile("empty", b"", 0o755)), "keep empty: a file of this name is kept"),
        (keep_frames(SourceFile("x", bytes(17 * MIB))), "keep x: more than the workspace holds"),
        (b"K\xff\xff\xff\xff\xa4\x01\x01\0x", "file: more than 67108864 bytes"),
        (b"D\x01\0\0\0x", "drop: not empty"),
    ],
    ids=["twice", "twice, once as a program", "more than the workspace", "huge", "drop of something"],
)
def test_what_cannot_be_kept_is_answered_with_the_reason(init: Supervisor, frames: bytes, reason: str) -> None:
    init.send(frames)
    assert init.error() == reason


@pytest.mark.parametrize("name", ["file", "in/a/directory"])
def test_a_file_of_a_run_takes_the_place_of_a_kept_one(init: Supervisor, name: str) -> None:
    """In that run: a test case may have a file that a program has, too."""
    kept, other = SourceFile(name, b"kept"), SourceFile("other", b" other")
    assert init.run("/bin/cat", name, "other", keep=(kept, other)).stdout == b"kept other"
    assert init.run("/bin/cat", name, "other", files=(SourceFile(name, b"given"),)).stdout == b"given other"
    assert init.run("/bin/cat", name, "other").stdout == b"kept other"


def test_a_file_of_a_run_in_the_place_of_a_kept_directory_is_the_host_s_mistake(init: Supervisor) -> None:
    init.start("exit", "0", keep=(SourceFile("a/b", b""),), files=(SourceFile("a", b""),))
    assert init.error() == "restore a/b: Not a directory"


# --- what is taken ---------------------------------------------------------------------------------------------------


def taken(result: RunResult) -> dict[str, bytes]:
    return {file.name: file.content for file in result.files}


MAKE = "echo 1 >a.out; chmod 751 a.out; echo 2 >A.class; echo 3 >B.class; echo 4 >größe.txt; mkdir d.class"


def test_files_are_sent(init: Supervisor) -> None:
    """By name, in their order, or by ending; with their content and their mode, each once."""
    take = ("größe.txt", "a.out", "*.class", "*class", "*.none")
    result = init.shell(MAKE, take=take, send_taken=True)
    assert result.detail == ""
    assert [file.name for file in result.files[:2]] == ["größe.txt", "a.out"]
    assert taken(result) == {"größe.txt": b"4\n", "a.out": b"1\n", "A.class": b"2\n", "B.class": b"3\n"}
    assert len(result.files) == 4
    assert {file.name: file.mode for file in result.files}["a.out"] == 0o751
    assert init.run("/bin/ls").stdout == b""  # sent is not kept


def test_files_are_kept(init: Supervisor) -> None:
    """A compiled program, and what it needs: the next run has them, and the host has not seen them."""
    script = "cp /mnt/bin/probe a.out; echo 1 >data; echo 2 >rest"
    result = init.shell(script, take=("a.out", "data"), keep_taken=True)
    assert (result.detail, result.files) == ("", ())
    init.kept |= {"a.out"}
    for code in (3, 4):
        assert init.run("a.out", "exit", str(code)).exit_code == code
        assert init.shell("cat *; rm *").stdout == b"1\n"


def test_files_are_sent_and_kept_at_once(init: Supervisor) -> None:
    content = bytes(range(256)) * 4096 * 3
    result = init.run(
        "/usr/bin/tee", "copy", stdin=content, take=("*",), keep_taken=True, send_taken=True, stdout=4 * MIB
    )
    assert taken(result) == {"copy": content}
    assert init.run("/bin/cat", "copy", stdout=4 * MIB).stdout == content


def test_everything_means_what_the_run_left(init: Supervisor) -> None:
    """Kept files are not returned: they are there already, unchanged."""
    result = init.shell("echo 1 >new; echo 2 >kept", keep=(SourceFile("kept", b"0"),), take=("*",), keep_taken=True)
    assert result.detail == ""
    assert init.shell("cat kept new").stdout == b"01\n"
    assert taken(init.shell("echo 3 >new; echo 4 >newer", take=("*",), send_taken=True)) == {"newer": b"4\n"}


def test_a_kept_file_is_not_replaced(init: Supervisor) -> None:
    result = init.shell("echo 2 >kept", keep=(SourceFile("kept", b"0"),), take=("kept",), keep_taken=True)
    assert result.detail == "take kept: a file of this name is kept"
    assert init.shell("cat kept").stdout == b"0"


def test_the_exit_code_does_not_matter(init: Supervisor) -> None:
    assert taken(init.shell("echo 1 >left; exit 1", take=("left",), send_taken=True)) == {"left": b"1\n"}


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        ("kill -9 $$", Outcome.SIGNALLED),
        ("kill -11 $$", Outcome.SIGNALLED),
        ("sleep 20", Outcome.WALL_TIME),
        ("while :; do :; done", Outcome.CPU_TIME),
        ("yes", Outcome.OUTPUT),
        ("exec /mnt/bin/probe call ptrace", Outcome.FORBIDDEN_SYSCALL),
    ],
)
def test_nothing_is_taken_of_a_run_that_did_not_end_by_itself(direct: Supervisor, end: str, outcome: Outcome) -> None:
    result = direct.shell(
        f"echo 1 >left; {end}",
        take=("left", "*"),
        send_taken=True,
        keep_taken=True,
        wall_ms=1000 if outcome is Outcome.WALL_TIME else 20_000,  # a busy machine may need long for 300 ms of CPU time
        cpu_ms=300 if outcome is Outcome.CPU_TIME else None,
        stdout=1000,
    )
    assert (result.outcome, result.files) == (outcome, ())
    assert "take" not in result.detail
    assert direct.run("/bin/ls").stdout == b""


def test_nothing_is_taken_of_a_run_that_did_not_start(init: Supervisor) -> None:
    result = init.run("/nowhere/program", files=(EMPTY,), take=("*",), send_taken=True)
    assert (result.outcome, result.files) == (Outcome.NOT_STARTED, ())
    assert result.detail == "execve: No such file or directory"


def test_without_a_purpose_nothing_is_taken(init: Supervisor) -> None:
    assert init.shell(MAKE, take=("*", "missing")).files == ()
    assert init.run("/bin/ls").stdout == b""


HOSTILE = [
    pytest.param("true", "No such file or directory", id="missing"),
    pytest.param("ln -s /etc/passwd left", "not a regular file", id="symlink"),
    pytest.param("echo >other; ln -s other left", "not a regular file", id="symlink to a file"),
    pytest.param("ln -s left left", "not a regular file", id="symlink to itself"),
    pytest.param("mkfifo left", "not a regular file", id="FIFO"),
    pytest.param("mkdir left", "not a regular file", id="directory"),
    pytest.param("/mnt/bin/probe odd .; mv socket left", "not a regular file", id="socket"),
    pytest.param("echo >left; chmod 0 left", "Permission denied", id="no right to read"),
    pytest.param("truncate -s 67108865 left", "too large", id="sparse, a byte too large"),
    pytest.param("truncate -s 1E left", "too large", id="sparse, enormous"),
]


@pytest.mark.parametrize(("deed", "problem"), HOSTILE)
@pytest.mark.parametrize("purpose", ["keep_taken", "send_taken"])
def test_files_that_cannot_be_taken_are_reported(init: Supervisor, deed: str, problem: str, purpose: str) -> None:
    """The outcome of the program stands, nothing is followed or waited for, and the sandbox lives."""
    started = time.monotonic()
    result = init.shell(deed, take=("left", "later"), **{purpose: True})
    assert (result.outcome, result.exit_code, result.files) == (Outcome.EXITED, 0, ())
    assert result.detail == f"take left: {problem}"
    assert time.monotonic() - started < 5
    assert init.run("/bin/ls").stdout == b""


def test_for_an_ending_only_files_count(init: Supervisor) -> None:
    """A name that could not be a file's does not match."""
    script = "/mnt/bin/probe odd .; truncate -s 5 real"
    result = init.shell(script, take=("*",), send_taken=True)
    assert result.detail in {"take hard: Permission denied", "take link2: Permission denied"}
    script = "/mnt/bin/probe odd .; rm -f hard link2; truncate -s 5 real"
    result = init.shell(script, take=("*",), send_taken=True)
    assert (result.detail, taken(result)) == ("", {"real": bytes(5)})


@pytest.mark.parametrize(
    "name", ["\\377", "a\\300\\200", "\\355\\240\\200", "\\364\\220\\200\\200", "\\342\\202", "\\370\\210"]
)
def test_a_name_that_is_not_text_is_reported(init: Supervisor, name: str) -> None:
    """Bytes, an overlong NUL, a surrogate, beyond Unicode, cut off, five bytes: the host could not decode it."""
    result = init.shell(f"touch \"$(printf '{name}')\"", take=("*",), send_taken=True)
    assert result.detail.startswith("take ")
    assert result.detail.endswith(": name is not UTF-8")


def test_any_other_name_is_taken_as_it_is(init: Supervisor) -> None:
    names = ["-rf *", "\n", "...", "*", "$(reboot)", "ÿ߿ࠀ퟿\ue000\uffff\U00010000\U0010ffff", "n" * 255]
    files = tuple(SourceFile(name, name.encode()) for name in names)
    result = init.run("/bin/true", files=files, take=("*",), send_taken=True)
    assert (result.detail, taken(result)) == ("", {name: name.encode() for name in names})


def test_as_many_files_as_the_store_has_room_for_can_be_taken(init: Supervisor) -> None:
    script = "i=0; while [ $i -lt {} ]; do : >$i; i=$((i + 1)); done"
    result = init.shell(script.format(KEPT_MAX), take=("*",), send_taken=True, keep_taken=True)
    assert (result.detail, len(result.files)) == ("", KEPT_MAX)
    init.send(protocol.encode_frame(FrameType.DROP, b""))
    for purpose in ({"send_taken": True}, {"keep_taken": True}):
        result = init.shell(script.format(8000), take=("*",), **purpose)
        assert result.detail.endswith(": too many files")
        assert len(result.files) <= KEPT_MAX


def test_as_many_bytes_as_one_file_may_have_can_be_taken(init: Supervisor) -> None:
    """Holes count: they would have to be sent."""
    script = "truncate -s 32M a b; truncate -s {} c"
    result = init.shell(script.format(0), take=("a", "b", "c"), send_taken=True)
    assert (result.detail, [len(file.content) for file in result.files]) == ("", [32 * MIB, 32 * MIB, 0])
    result = init.shell(script.format(1), take=("a", "b", "c"), send_taken=True)
    assert (result.detail, len(result.files)) == ("take c: too large", 2)


def test_what_would_not_fit_the_workspace_is_not_kept(init: Supervisor) -> None:
    """Restoring cannot fail then, even if a program makes room in between or uses sparse files."""
    result = init.shell("truncate -s 17M hole", take=("hole",), keep_taken=True)
    assert result.detail == "take hole: more than the workspace holds"
    for turn in range(2):
        result = init.shell(f"rm -f *; head -c 9000000 /dev/zero >file{turn}", take=("*",), keep_taken=True)
        assert result.detail == ("take file1: more than the workspace holds" if turn else "")
    assert init.run("/bin/ls").stdout == b"file0\n"


def test_a_full_workspace_keeps_nothing_from_being_taken_or_restored(init: Supervisor) -> None:
    kept = SourceFile("kept", bytes(MIB))
    script = "/mnt/bin/probe full .; rm 0; echo 1 >left 2>/dev/null; rm full; echo 2 >left"
    result = init.shell(script, keep=(kept,), take=("left",), send_taken=True)
    assert taken(result) == {"left": b"2\n"}
    result = init.shell("/mnt/bin/probe full .", take=("full",), keep_taken=True)
    assert result.detail == ""
    for _ in range(2):
        assert init.shell("stat -c %s *; echo x >more").stdout == b"%d\n%d\n" % (15 * MIB, MIB)


def test_what_cannot_be_kept_leaves_no_trace(init: Supervisor) -> None:
    """The store is as before: neither a part of the file nor a descriptor."""
    for _ in range(50):
        result = init.shell("truncate -s 17M a.out; chmod +x a.out", take=("a.out",), keep_taken=True)
        assert result.detail == "take a.out: more than the workspace holds"
    assert init.outside().num_fds() < 30
    assert init.run("tool", "exit", "3", keep=(tool(),)).exit_code == 3


def test_taken_files_come_of_an_interactive_run(init: Supervisor) -> None:
    init.start("/usr/bin/tee", "left", interactive=True, take=("left",), send_taken=True)
    init.send(protocol.encode_frame(FrameType.TALK, b"said") + protocol.encode_frame(FrameType.TALK, b""))
    assert [init.output() for _ in range(2)] == [b"said", b""]
    assert taken(init.result()) == {"left": b"said"}


# --- cost ------------------------------------------------------------------------------------------------------------


@needs_root
@pytest.mark.parametrize("version", [1, 2])
def test_taking_and_restoring_cost_the_program_nothing(version: int) -> None:
    """Neither CPU time nor wall time: 60 MiB that are sent, 15 MiB that are put back, by the sanitized binary."""
    with (
        cgroup(version) as (group, root),
        Supervisor(cgroup=group, cgroup_root=root, setup=cgroup_setup(version, group)) as init,
    ):
        init.hello()
        for _ in range(3):
            init.run("exit", "0", keep=() if init.kept else (SourceFile("large", bytes(15 * MIB)),))
            started = time.monotonic()
            result = init.run("/usr/bin/truncate", "-s", "60M", "left", take=("left",), send_taken=True)
            elapsed_ns = (time.monotonic() - started) * 1e9
            assert len(result.files[0].content) == 60 * MIB
            assert result.usage.cpu_time_ns is not None
            assert result.usage.cpu_time_ns < 20 * MS
            assert result.usage.wall_time_ns < elapsed_ns / 2


def test_a_thousand_runs_leave_no_descriptor_and_no_memory() -> None:
    """Of each kind of run and each way to end: kept programs, interactive ones, failures, limits."""
    with Supervisor(binary="zuko-init") as init:
        init.hello()

        def round_of_runs() -> None:
            keep = (tool(), SourceFile("data", bytes(100_000)))
            init.run("tool", "write", "100000", "100000", keep=keep, stdin=b"x" * 100_000)
            init.run("tool", "exit", "1")
            init.shell(
                "echo 1 >left; echo 2 >other", take=("left", "other", "missing"), keep_taken=True, send_taken=True
            )
            init.kept |= {"none"}
            init.run("none")
            init.run("/nowhere/program")
            init.run("flood", stdout=10)
            init.run("signal", "9")
            init.run("hang", "", "", wall_ms=1)
            init.start("/bin/cat", interactive=True)
            init.send(protocol.encode_frame(FrameType.TALK, b"x" * 10_000) + protocol.encode_frame(FrameType.TALK, b""))
            while init.output():
                pass
            assert init.result().reusable
            init.start("exit", "0", interactive=True)
            init.send(protocol.encode_frame(FrameType.TALK, b"not read"))
            assert init.output() == b""
            assert init.result().reusable
            init.send(protocol.encode_frame(FrameType.DROP, b"") + protocol.encode_frame(FrameType.PING, bytes(8)))
            assert init.expect(FrameType.PONG) == bytes(8)  # so that it has forgotten what it kept

        round_of_runs()
        before, memory = init.outside().num_fds(), init.outside().memory_info().rss
        for _ in range(100):
            round_of_runs()
        assert init.outside().num_fds() == before
        assert init.outside().memory_info().rss <= memory + (64 << 10)
        assert memory < MIB
