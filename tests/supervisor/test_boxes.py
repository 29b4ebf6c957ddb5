"""A box for each run: namespaces that no other run has, and what happens where a host does not allow them.

The fixture `init` has the other tests of this directory run in boxes too: limits, outputs, kept and taken files,
interactive runs, forbidden calls. Here is what only boxes have.
"""

import os
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from tests.harness.supervisor import (
    COUNTERS,
    DEVICES,
    MS,
    NOWHERE,
    TIMEOUT_S,
    UID,
    WRITABLE,
    Ended,
    Supervisor,
    end_of,
    facts,
    why_no_boxes,
)
from zuko.sandbox import protocol
from zuko.sandbox.protocol import FrameType
from zuko.types import CpuSource, FilterMode, Hello, Isolation, Outcome, SourceFile

NAMESPACES = ("ipc", "mnt", "net", "pid", "user", "uts")


def box(init: Supervisor) -> psutil.Process:
    """Return the init of the box that waits for a run, by the pid that the host knows it by."""
    init.send(protocol.encode_frame(FrameType.PING, bytes(8)))
    init.expect(FrameType.PONG)  # until then, the last one may be there
    (found,) = init.outside().children()
    return found


def test_the_hello_says_that_each_run_has_a_box() -> None:
    with Supervisor(boxes=True) as init:
        assert init.hello() == Hello(
            CpuSource.CGROUP_V2, FilterMode.NOTIFY, counts_oom_kills=False, uid=UID, isolation=Isolation.NAMESPACES
        )


# --- what a box is ---------------------------------------------------------------------------------------------------


def test_each_run_has_other_namespaces(boxed: Supervisor) -> None:
    """Those of the runs before are held open meanwhile, because their numbers would be used again."""
    held: list[int] = []
    seen: set[str] = set()
    try:
        for _ in range(3):
            directory = f"/proc/{box(boxed).pid}/ns"
            held += [os.open(f"{directory}/{kind}", os.O_RDONLY) for kind in NAMESPACES]
            names = boxed.lines("/bin/sh", "-c", f"cd /proc/self/ns; readlink {' '.join(NAMESPACES)}")
            assert names == [os.readlink(f"/proc/self/fd/{fd}") for fd in held[-len(NAMESPACES) :]]
            assert not seen & set(names)
            seen |= set(names)
        ours = {os.readlink(f"/proc/{boxed.outside().pid}/ns/{kind}") for kind in NAMESPACES}
        assert not seen & ours
    finally:
        for fd in held:
            os.close(fd)


def test_the_program_is_an_ordinary_process_beside_a_small_init(boxed: Supervisor) -> None:
    """As PID 1 it would ignore signals; and it has the user that it has outside, without any capability."""
    for _ in range(2):
        state = facts(boxed.lines("state"))
        assert (state["pid"], state["ppid"], state["sid"]) == ("2", "1", "2")
        capabilities = {name: value for name, value in state.items() if name.startswith("Cap")}
        assert capabilities == dict.fromkeys(("CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"), "0" * 16)
        assert state["Uid:"].split() == [str(UID)] * 4
        assert state["NoNewPrivs:"] == "1"
    maps = boxed.lines("/bin/cat", "/proc/self/uid_map", "/proc/self/setgroups")
    assert [line.split() for line in maps] == [[str(UID), str(UID), "1"], ["deny"]]


def test_the_init_of_a_box_is_closed_to_its_program(boxed: Supervisor) -> None:
    names = ("mem", "environ", "maps", "fd", "exe", "root", "cwd", "ns/net", "io", "stack", "auxv")
    script = (
        f"for name in {' '.join(names)}; do (cat /proc/1/$name || ls /proc/1/$name/) && echo $name; done 2>&-; true"
    )
    assert boxed.run("/bin/sh", "-c", script).stdout == b""
    assert boxed.lines("kill-init")[-1] == "alive OK"


def test_proc_is_read_only_and_masked(boxed: Supervisor) -> None:
    for path in ("/proc/self/oom_score_adj", "/proc/self/clear_refs", "/proc/sys/kernel/hostname", "/proc/self/comm"):
        assert boxed.run("/bin/sh", "-c", f"echo 1 >{path}").exit_code != 0, path
    mounts = [line.split() for line in boxed.lines("/bin/cat", "/proc/self/mounts")]
    assert [options.split(",")[0] for _, path, _, options, *_ in mounts if path == "/proc"][-1] == "ro"
    for path in ("/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug"):
        assert boxed.run("/bin/sh", "-c", f"! [ -e {path} ] || cat {path}").stdout == b"", path


def test_writable_places_have_the_options_that_were_asked_for(boxed: Supervisor) -> None:
    mounts = [line.split() for line in boxed.lines("/bin/cat", "/proc/self/mounts")]
    last = {path: (kind, set(options.split(","))) for _, path, kind, options, *_ in mounts}
    for place in WRITABLE:
        kind, options = last[place]
        assert {"nosuid", "nodev", "noexec"} <= options
        assert kind == ("mqueue" if place.endswith("mqueue") else "tmpfs")
    assert {"size=16384k", "nr_inodes=20000"} <= last["/tmp"][1]


def test_there_is_a_loopback_interface_and_no_other(boxed: Supervisor) -> None:
    interfaces = boxed.lines("/bin/cat", "/proc/net/dev")[2:]
    assert [line.split(":")[0].strip() for line in interfaces] == ["lo"]
    assert any("127.0.0.1" in line for line in boxed.lines("/bin/cat", "/proc/net/fib_trie"))


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (("unshare", "0x10000000"), "unshare"),
        (("setns", "0", "0"), "setns"),
        (("umount2", "page", "0"), "umount2"),
        (("pivot_root", "page", "page"), "pivot_root"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_makes_a_box_is_not_for_programs(boxed: Supervisor, call: tuple[str, ...], name: str) -> None:
    """It is the filter that ends the run, and not only the lack of rights."""
    result = boxed.run("call", *call)
    assert (result.outcome, result.detail) == (Outcome.FORBIDDEN_SYSCALL, name)
    assert boxed.run("exit", "3").exit_code == 3


def test_signals_that_wait_for_the_init_do_nothing() -> None:
    """It blocks all of them, so they queue up until their limit; the end of a program is not missed for that."""
    flood = "i=0; while [ $i -lt 1000 ]; do kill -64 1; kill -40 1; i=$((i+1)); done 2>&-"
    with Supervisor(boxes=True, setup="prlimit --pid $$ --sigpending=256") as init:
        init.hello()
        assert init.run("/bin/sh", "-c", f"{flood}; kill -STOP 1; exit 4").exit_code == 4
        script = f"{flood}; exec /mnt/bin/probe flush exits"
        result = init.run("/bin/sh", "-c", script, wall_ms=2000, flush_signal=64)
        assert (result.outcome, result.stdout) == (Outcome.WALL_TIME, b"before flushed")


# --- from one run to the next ----------------------------------------------------------------------------------------


def test_a_program_that_kills_everything_ends_with_its_box(boxed: Supervisor) -> None:
    """kill(-1) reaches the processes of the box; its init and zuko-init are out of reach."""
    for _ in range(3):
        script = "sleep 60 & kill -9 -1; exit 5"
        assert end_of(boxed.run("/bin/sh", "-c", script)) == (Outcome.EXITED, 5, None)


def test_a_program_may_spoil_its_places(boxed: Supervisor) -> None:
    """It owns them in its box; the next run has others."""
    for _ in range(2):
        spoil = "chmod 0 . /tmp /dev/shm; : >/tmp/file || exit 3"
        assert boxed.run("/bin/sh", "-c", spoil).exit_code in {2, 3}
        assert boxed.run("/bin/sh", "-c", "stat -c %a . /tmp /dev/shm").stdout == b"1777\n" * 3


def test_what_cannot_be_taken_does_not_break_the_sandbox(boxed: Supervisor) -> None:
    result = boxed.run("/bin/sh", "-c", "echo 1 >left; chmod 0 .", take=("left",), send_taken=True)
    assert (result.exit_code, result.files, result.detail) == (0, (), "take left: Permission denied")
    assert boxed.run("exit", "3").exit_code == 3


def test_no_process_of_a_run_is_left_outside(boxed: Supervisor) -> None:
    """Daemons, stopped ones and a fork bomb: when the next box is there, only its init and its program live."""
    for program in (("daemons", "20"), ("stopped",), ("fork-bomb",)):
        first = box(boxed)
        boxed.run(*program, wall_ms=300)
        first.wait(TIMEOUT_S)
        deadline = time.monotonic() + TIMEOUT_S
        while len(boxed.outside().children(recursive=True)) != 2:
            assert time.monotonic() < deadline
            time.sleep(0.001)


def test_a_box_serves_one_run(boxed: Supervisor) -> None:
    boxes = set()
    for _ in range(5):
        boxes.add((found := box(boxed)).pid)
        boxed.run("exit", "0")
        found.wait(TIMEOUT_S)
    assert len(boxes) == 5


def test_files_of_a_run_that_comes_late_are_there(boxed: Supervisor) -> None:
    """They are written into the box before the program is."""
    for turn in range(3):
        file = SourceFile("file", str(turn).encode())
        kept = (SourceFile("kept", b"k"),) if turn == 0 else ()
        assert boxed.run("/bin/cat", "file", "kept", files=(file,), keep=kept).stdout == f"{turn}k".encode()


def test_descriptors_of_zuko_init_do_not_pile_up(boxed: Supervisor) -> None:
    def count() -> int:
        return len(list(boxed.path("/proc/1/fd").iterdir()))

    boxed.run("exit", "0", stdin=b"x")
    box(boxed)
    before = count()
    for _ in range(50):
        boxed.run("exit", "0", stdin=b"x")
    boxed.send(protocol.encode_frame(FrameType.PING, bytes(8)))
    boxed.expect(FrameType.PONG)
    assert count() <= before


# --- a box that ends by itself ---------------------------------------------------------------------------------------


def test_a_box_that_ends_by_itself_has_no_result(boxed: Supervisor) -> None:
    """Whatever ended its init, nothing is known of the program."""
    first = box(boxed)
    boxed.start("/bin/sh", "-c", "echo words; sleep 20")
    deadline = time.monotonic() + TIMEOUT_S
    while not first.children():
        assert time.monotonic() < deadline
        time.sleep(0.001)
    first.kill()
    assert boxed.error() == "the box ended by itself"


def test_a_box_that_ends_before_its_run(boxed: Supervisor) -> None:
    first = box(boxed)
    first.kill()
    boxed.start("exit", "0")
    kind, payload = boxed.frame()
    assert kind is FrameType.ERROR, payload


def test_a_box_that_ends_for_memory_is_the_program_s() -> None:
    """The kernel may choose the init of the box: then the counter has moved."""
    counters = f"cd {COUNTERS}; echo usage_usec 1 >cpu.stat; echo oom_kill 0 >memory.events; chmod 666 *; cd /"
    with Supervisor(boxes=True, setup=f"{DEVICES}\n{counters}", cgroup_root=COUNTERS) as init:
        init.hello()
        first = box(init)
        script = (
            f"cd {COUNTERS}; echo usage_usec 5000001 >cpu.stat; echo oom_kill 1 >memory.events; echo words; sleep 20"
        )
        init.start("/bin/sh", "-c", script)
        counted = init.path(f"{COUNTERS}/memory.events")
        deadline = time.monotonic() + TIMEOUT_S
        while counted.read_text() != "oom_kill 1\n":
            assert time.monotonic() < deadline
            time.sleep(0.001)
        first.kill()
        result = init.result()
        assert (end_of(result), result.oom_kills) == ((Outcome.MEMORY, None, 9), 1)
        # The CPU time of the init is taken off, and it is not known any more: it must not make the figure negative.
        assert result.usage.cpu_time_ns is not None
        assert 4_900 * MS < result.usage.cpu_time_ns <= 5_000 * MS
        assert not result.reusable
        assert init.error() == "audit: the box ended by itself"


MIB = 1 << 20
V1 = {"cpu": "cpuacct/cpuacct.usage", "usage": "memory/memory.usage_in_bytes", "stat": "memory/memory.stat"}
V2 = {"cpu": "cpu.stat", "usage": "memory.current", "stat": "memory.stat"}


@pytest.mark.parametrize(
    ("usage", "files", "is_reusable"),
    [
        pytest.param(20, 0, True, id="little more"),
        pytest.param(30, 0, False, id="much more"),
        pytest.param(30, 20, True, id="copies of files"),
        pytest.param(50, 20, False, id="both"),
    ],
)
@pytest.mark.parametrize("names", [V1, V2], ids=["v1", "v2"])
def test_memory_that_is_left_ends_the_sandbox(names: dict[str, str], usage: int, files: int, is_reusable: bool) -> None:
    """It would be memory that the next program lacks. RESULT says so: afterwards that program may be on its way."""
    begin = "1000" if names is V1 else "usage_usec 1000"
    made = f"""
cd {COUNTERS}; mkdir cpuacct memory; echo {begin} >{names["cpu"]}
echo {10 * MIB} >{names["usage"]}; printf 'inactive_file 0\\nactive_file 0\\n' >{names["stat"]}
chmod 666 {names["usage"]} {names["stat"]}; cd /"""
    with Supervisor(boxes=True, setup=f"{DEVICES}\n{made}", cgroup_root=COUNTERS) as init:
        init.hello()
        script = f"cd {COUNTERS}; echo {usage * MIB} >{names['usage']}; "
        script += f"printf 'inactive_file {files * MIB}\\nactive_file 0\\n' >{names['stat']}"
        init.start("/bin/sh", "-c", script)
        assert init.result().reusable is is_reusable
        if is_reusable:
            assert init.run("exit", "3").exit_code == 3
        else:
            assert init.error() == "audit: memory is left"


@pytest.mark.parametrize(
    ("left_mib", "is_reusable"),
    [
        pytest.param((30, 29, 28, 20), True, id="less and less"),
        pytest.param((30, 31), False, id="no less"),
        pytest.param((30, 29, 28, 27), False, id="less, and never little"),
    ],
)
def test_memory_that_falls_is_waited_for(left_mib: tuple[int, ...], is_reusable: bool) -> None:
    """On a busy machine the kernel frees the files of a box late: half a second without progress is too long."""
    made = f"""
cd {COUNTERS}; echo usage_usec 1000 >cpu.stat; echo {10 * MIB} >memory.current
printf 'inactive_file 0\\nactive_file 0\\n' >memory.stat; chmod 666 memory.current; cd /"""
    with Supervisor(boxes=True, setup=f"{DEVICES}\n{made}", cgroup_root=COUNTERS) as init:
        init.hello()
        counter = init.path(f"{COUNTERS}/memory.current")
        first, *later = left_mib
        init.start("/bin/sh", "-c", f"echo {first * MIB} >{COUNTERS}/memory.current")
        deadline = time.monotonic() + TIMEOUT_S
        while counter.read_text() != f"{first * MIB}\n":
            assert time.monotonic() < deadline
            time.sleep(0.001)
        for each in later:
            time.sleep(0.25)
            with counter.open("r+") as file:  # never empty, as it would be at once after it is opened for writing
                file.write(f"{each * MIB}\n")
        assert init.result().reusable is is_reusable
        if not is_reusable:
            assert init.error() == "audit: memory is left"


def test_the_end_of_the_host_ends_a_box(boxed: Supervisor) -> None:
    boxed.start("hang", "", "")
    everything = [boxed.outside(), *boxed.outside().children(recursive=True)]
    boxed.hang_up()
    assert boxed.wait() == 0
    assert not psutil.wait_procs(everything, timeout=5)[1]
    with pytest.raises(Ended):
        boxed.frame()


# --- hosts that do not allow boxes -----------------------------------------------------------------------------------

# Starts a program in a user namespace that has all users, and in which no other can be made.
NO_USER_NAMESPACES = """
import os, sys
ready, go = os.pipe(), os.pipe()
child = os.fork()
if child == 0:
    os.unshare(os.CLONE_NEWUSER)
    os.write(ready[1], b"x")
    os.read(go[0], 1)
    with open("/proc/sys/user/max_user_namespaces", "w") as setting:
        setting.write("0")
    os.execvp(sys.argv[1], sys.argv[1:])
os.read(ready[0], 1)
for kind in ("uid_map", "gid_map"):
    with open(f"/proc/{child}/{kind}", "w") as setting:
        setting.write("0 0 65536")
os.write(go[1], b"x")
os.close(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.fixture(
    params=["masked", "read-only", "no user namespaces", "no counter", "other options"],
)
def refused(request: pytest.FixtureRequest) -> Iterator[tuple[Supervisor, str]]:
    """Return a supervisor that was asked for boxes and cannot make them, and the reason."""
    if reason := why_no_boxes():
        pytest.skip(reason)
    match request.param:
        case "masked":
            setup = "mount --bind /dev/null /proc/keys"
            init, why = Supervisor(boxes=True, setup=setup), "mount /proc: Operation not permitted"
        case "read-only":
            setup = "mount -o remount,bind,ro /proc"
            init, why = Supervisor(boxes=True, setup=setup), "write self/setgroups: Read-only file system"
        case "no user namespaces":
            prefix = (sys.executable, "-c", NO_USER_NAMESPACES)
            init, why = Supervisor(boxes=True, prefix=prefix), "clone: No space left on device"
        case "no counter":
            init = Supervisor(boxes=True, cgroup_root=NOWHERE + "/either")
            why = "no counter of the cgroup can be read"
        case _:
            setup = "mkdir -m 1777 /mnt/late; mount -t tmpfs -o mode=1777 tmpfs /mnt/late"
            arguments = ("--writable", "/mnt/late=size=nonsense")
            init = Supervisor(boxes=True, setup=setup, args=arguments)
            why = "mount /mnt/late: Invalid argument"
    with init:
        yield init, why


def test_a_host_that_does_not_allow_boxes_works_without(refused: tuple[Supervisor, str]) -> None:
    """The hello says why, and the container is emptied between two runs."""
    init, why = refused
    hello = init.hello()
    assert (hello.isolation, hello.refusal) == (Isolation.CONTAINER, why)
    assert init.run("exit", "3").exit_code == 3
    assert init.run("ipc", "3").exit_code == 0
    left = facts(init.lines("left", *WRITABLE))
    assert set(left.values()) == {"0"}
    assert init.run("/bin/cat", stdin=b"Zuko").stdout == b"Zuko"


def test_a_place_that_is_not_new_in_each_box_is_refused() -> None:
    """It would not be emptied without boxes either."""
    setup = "mkdir /mnt/more; mount -t tmpfs -o mode=1777 tmpfs /mnt/more"
    with Supervisor(boxes=True, setup=setup) as init:
        assert init.error() == "/mnt/more can be written to, and would not be emptied"


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (("--isolation", "none"), "bad argument --isolation"),
        (("--isolation",), "argument --isolation has no value"),
        (("--writable", "/" + "x" * 95), "bad argument --writable"),
        (("--writable", "/tmp=" + "x" * 96), "bad argument --writable"),
    ],
    ids=["unknown", "no value", "long path", "long options"],
)
def test_a_wrong_argument_is_named(args: tuple[str, ...], reason: str) -> None:
    with Supervisor(args=args) as init:
        assert init.error() == reason
