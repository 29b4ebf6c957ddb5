"""Things that zuko-init keeps from a program, and protects from a program.

As in test_init.py the real binary runs under ASan and UBSan, as PID 1 of its own namespaces.
"""

import platform
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.supervisor import (
    MS,
    PROBE,
    SOURCE,
    TIMEOUT_S,
    Supervisor,
    build,
    end_of,
    needs_root,
)
from zuko.types import FilterMode, Outcome

IS_X86 = platform.machine() == "x86_64"
SECRETS = ("mem", "environ", "maps", "auxv", "pagemap", "syscall", "io", "task/1/mem")
KNOBS = ("oom_score_adj", "coredump_filter", "comm", "clear_refs", "timerslack_ns", "autogroup", "uid_map")


def proc_files(names: tuple[str, ...]) -> list[str]:
    """Return the files of /proc/1 that this kernel has."""
    return [f"/proc/1/{name}" for name in names if Path("/proc/self", name.replace("task/1/", "")).exists()]


def test_proc_files_of_pid_1_are_closed(init: Supervisor) -> None:
    """PID 1 is not dumpable: no other process can read its memory and environment."""
    answers = init.lines("open", *proc_files(SECRETS))
    assert len(answers) >= 2 * 4
    assert not [line for line in answers if line.endswith(" OK")]


@needs_root
def test_the_knobs_of_pid_1_are_not_the_programs(init: Supervisor) -> None:
    """Its files in /proc are root's; in a user namespace of one's own that is no other user."""
    answers = init.lines("open", *proc_files(KNOBS))
    assert len(answers) >= 2 * 4
    assert not [line for line in answers if line.startswith("write") and line.endswith(" OK")]


@needs_root
def test_descriptors_of_pid_1_are_closed(init: Supervisor) -> None:
    """With root's own uid in a user namespace the list may be opened; each entry still leads nowhere."""
    answers = init.lines("open", "/proc/1/fd", "/proc/1/fd/0", "/proc/1/fd/1", "/proc/1/cwd", "/proc/1/exe")
    assert {line.rsplit(maxsplit=1)[1] for line in answers if line.startswith("read")} == {"EACCES"}
    assert not [line for line in answers if line.endswith(" OK")]


ALWAYS = [
    *("ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd", "process_madvise"),
    *("process_mrelease", "move_pages", "migrate_pages", "setns", "umount2", "pivot_root", "chroot"),
    *("open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "open_by_handle_at"),
    *("bpf", "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key", "fanotify_init"),
    *("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "reboot", "swapon", "swapoff"),
    *("acct", "quotactl", "settimeofday", "clock_settime"),
    *(("iopl", "ioperm") if IS_X86 else ()),
]
NEW_USER, NEW_NET, NEW_NS, SIGCHLD = 0x10000000, 0x40000000, 0x20000, 17
AIMED = [
    ("prlimit64", 1, 7, "page"),  # pid 1, RLIMIT_NOFILE, new limit
    ("prlimit64", 1, 7, "page", "page"),
    ("prlimit64", 1 << 32 | 1, 7, "page"),  # the kernel looks at the low half of a pid
    ("prlimit64", 1, 7, 1 << 32),  # a pointer whose low half is 0 is not NULL
    ("setpriority", 0, 1, 19),  # PRIO_PROCESS
    ("setpriority", 1, 1, 19),  # PRIO_PGRP
    ("setpriority", 2, 0, 19),  # PRIO_USER, 0 is one's own
    ("setpriority", 2, 20000, 19),
    ("setpriority", 1 << 32, 1 << 32 | 1, 19),
    ("ioprio_set", 1, 1, 2 << 13 | 7),  # IOPRIO_WHO_PROCESS; best effort, the lowest
    ("ioprio_set", 2, 1, 2 << 13 | 7),  # IOPRIO_WHO_PGRP
    ("ioprio_set", 3, 0, 2 << 13 | 7),  # IOPRIO_WHO_USER
    ("sched_setaffinity", 1, 8, "page"),
    ("sched_setscheduler", 1, 3, "page"),  # SCHED_BATCH
    ("sched_setparam", 1, "page"),
    ("sched_setattr", 1, "page", 0),
    ("sched_setaffinity", 1 << 32 | 1, 8, "page"),
    ("unshare", NEW_USER),
    ("unshare", NEW_NS),
]


@pytest.mark.parametrize("call", [*((name,) for name in ALWAYS), *AIMED], ids=lambda call: " ".join(map(str, call)))
def test_a_forbidden_call_ends_the_run_with_its_name(shared: Supervisor, call: tuple[str | int, ...]) -> None:
    result = shared.run("call", *map(str, call))
    assert (end_of(result), result.detail) == ((Outcome.FORBIDDEN_SYSCALL, None, 9), call[0])
    assert result.stdout == b""


def test_no_forbidden_call_is_untested() -> None:
    """Each row of the table in confine.c has its test here."""
    rules = dict(re.findall(r"CALL\((\w+), (\w+)\)", (SOURCE / "confine.c").read_text()))
    rules.pop("name")  # the macro itself
    if not IS_X86:
        rules = {name: rule for name, rule in rules.items() if name not in {"iopl", "ioperm", *REFUSED_ON_X86}}
    assert {name for name, rule in rules.items() if rule == "END"} == set(ALWAYS)
    assert {name for name, rule in rules.items() if rule == "NO_SUCH_CALL"} == set(ABSENT)
    assert {name for name, rule in rules.items() if rule == "REFUSED"} == set(REFUSED)
    others = {name for name, rule in rules.items() if rule not in ("END", "NO_SUCH_CALL", "REFUSED")}
    assert others == {str(call[0]) for call in AIMED} | {"clone", "socket", "socketpair", "madvise", "personality"}


@pytest.fixture(scope="module", params=["container", "namespaces"])
def shared(request: pytest.FixtureRequest) -> Iterator[Supervisor]:
    """Return one supervisor for many runs, each of which must leave it unchanged."""
    with Supervisor(boxes=request.param == "namespaces") as supervisor:
        supervisor.hello()
        yield supervisor


@pytest.mark.parametrize(
    "call",
    [
        ("prlimit64", 1, 7, 0, "page"),  # reading does no harm
        ("prlimit64", 0, 4, "page"),  # RLIMIT_CORE of its own
        ("setpriority", 0, 0, 19),
        ("setpriority", 1, 0, 19),
        ("ioprio_set", 1, 0, 2 << 13 | 7),
        ("sched_setscheduler", 0, 3, "page"),
        ("sched_setparam", 0, "page"),
        ("unshare", 0x400),  # CLONE_FILES: a descriptor table is not a namespace
        ("madvise", "page", 4096, 4),  # MADV_DONTNEED
        ("socket", 1, 1, 0),  # AF_UNIX, SOCK_STREAM
        ("socket", 2, 1, 0),  # AF_INET
        ("socket", 16, 3, 0),  # AF_NETLINK, SOCK_RAW: what getaddrinfo asks for interfaces
        ("socketpair", 1, 1, 0, "page"),
    ],
    ids=lambda call: " ".join(map(str, call)),
)
def test_what_a_program_may_do_with_itself(shared: Supervisor, call: tuple[str | int, ...]) -> None:
    """The same calls, not aimed at PID 1."""
    assert shared.lines("call", *map(str, call)) == ["OK"]


ABSENT = ["clone3", "io_uring_setup", "io_uring_enter", "io_uring_register", "io_setup", "memfd_secret", "mbind"]


@pytest.mark.parametrize("name", ABSENT)
def test_what_runtimes_probe_for_is_absent(shared: Supervisor, name: str) -> None:
    assert shared.lines("call", name, "1", "page") == ["ENOSYS"]


REFUSED_ON_X86 = ["_sysctl", "sysfs", "uselib", "ustat"]
REFUSED = [
    *("syslog", "sethostname", "setdomainname", "vhangup", "lookup_dcookie", "name_to_handle_at", "quotactl_fd"),
    *("get_mempolicy", "set_mempolicy", "mount"),
    *(REFUSED_ON_X86 if IS_X86 else []),
]


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_program_has_no_business_with_is_refused(shared: Supervisor, name: str) -> None:
    assert shared.lines("call", name, "1", "page") == ["EPERM"]


@pytest.mark.parametrize("flag", [0x20000, 0x2000000, 0x4000000, 0x8000000, NEW_USER, 0x20000000, NEW_NET], ids=hex)
def test_a_process_in_new_namespaces_is_refused(shared: Supervisor, flag: int) -> None:
    """As by the engine's profile in a container that makes no boxes."""
    assert shared.lines("call", "clone", str(flag | SIGCHLD), "0") == ["EPERM"]
    assert shared.lines("call", "clone", str(flag | 1 << 32 | SIGCHLD), "0") == ["EPERM"]


@pytest.mark.parametrize("number", [450, 463, 600, 0x3FFFFFFF])
def test_calls_that_are_younger_than_the_filter_are_absent(shared: Supervisor, number: int) -> None:
    assert shared.lines("call", str(number), "1", "page") == ["ENOSYS"]


@pytest.mark.parametrize(
    ("persona", "answer"),
    [(0xFFFFFFFF, "OK"), (0, "OK"), (0x20008, "OK"), (0x40000, "EPERM"), (0x400000, "EPERM"), (1, "EPERM")],
    ids=["asks", "own", "32 bits", "no random addresses", "all readable is executable", "another system's"],
)
def test_personality(shared: Supervisor, persona: int, answer: str) -> None:
    assert shared.lines("call", "personality", str(persona)) == [answer]


@pytest.mark.parametrize("call", ["socket", "socketpair"])
@pytest.mark.parametrize("family", [40, 38, 17, 44, 31, 29, 15, 0x10000])
def test_socket_families(shared: Supervisor, call: str, family: int) -> None:
    """VSOCK (reaches the hypervisor), ALG, PACKET, XDP, BLUETOOTH, CAN, KEY, and one that does not exist."""
    assert shared.lines("call", call, str(family), "2", "0", "page") == ["EAFNOSUPPORT"]


@pytest.mark.parametrize("advice", [25, 25 | 1 << 32], ids=["as it is", "with garbage above"])
def test_pages_are_not_put_together(shared: Supervisor, advice: int) -> None:
    """Two megabytes of a sealed file in one page would be a message to the next run."""
    assert shared.lines("call", "madvise", "page", "4096", str(advice)) == ["EINVAL"]


@pytest.mark.skipif(not IS_X86, reason="x32 is a thing of x86")
def test_x32_calls_are_absent(shared: Supervisor) -> None:
    assert shared.lines("call", str(0x40000000 | 39)) == ["ENOSYS"]
    assert shared.lines("call", str(0x40000000 | 101)) == ["ENOSYS"]  # ptrace's number


@pytest.mark.skipif(not IS_X86, reason="int 0x80 is a thing of x86")
def test_32_bit_calls_are_forbidden(shared: Supervisor) -> None:
    """Its numbers are other calls: allowing that architecture would undo the filter."""
    if subprocess.run([build() / "probe", "int80"], check=False, timeout=TIMEOUT_S).returncode != 0:
        pytest.skip("this kernel has no 32-bit calls")
    result = shared.run("int80")
    assert result.outcome is Outcome.FORBIDDEN_SYSCALL
    assert result.detail == "system call 20 of a foreign architecture"


def test_a_forbidden_call_of_a_child_ends_the_run(init: Supervisor) -> None:
    result = init.run("/bin/sh", "-c", f"echo before; {PROBE} call ptrace; echo after")
    assert (result.outcome, result.detail, result.stdout) == (Outcome.FORBIDDEN_SYSCALL, "ptrace", b"before\n")


@pytest.mark.parametrize("boxes", [False, True], ids=["container", "namespaces"])
def test_without_notifications_a_forbidden_call_is_still_the_end(boxes: bool) -> None:
    """The call is reported without its name, as under gVisor and before Linux 5.0."""
    with Supervisor(prefix=(str(build() / "listener"),), boxes=boxes) as init:
        assert init.hello().filter_mode is FilterMode.KILL
        result = init.run("call", "ptrace")
        assert end_of(result) == (Outcome.FORBIDDEN_SYSCALL, None, 31)
        assert result.detail == "a system call (this runtime does not say which)"
        assert init.lines("call", "io_uring_setup") == ["ENOSYS"]
        assert end_of(init.run("exit", "3")) == (Outcome.EXITED, 3, None)


def test_signals_to_pid_1_do_nothing(init: Supervisor) -> None:
    assert init.lines("kill-init") == ["alive OK"]
    assert end_of(init.run("exit", "3")) == (Outcome.EXITED, 3, None)


def test_a_flood_of_sigchld_does_nothing(init: Supervisor) -> None:
    """The one signal that it listens to. Neither the limit nor the end is missed for it."""
    assert end_of(init.run("sigchld", "200000")) == (Outcome.EXITED, 0, None)
    flood = f"{PROBE} sigchld 1000000000"
    result = init.run("/bin/sh", "-c", f"{flood} & {flood} & wait", wall_ms=300)
    assert result.outcome is Outcome.WALL_TIME
    assert 300 * MS <= result.usage.wall_time_ns < 5000 * MS
