"""The seccomp profile that the engine puts on a sandbox, in the engine's format.

It is the outer of two filters. The inner one (docker/init/confine.c) decides every call, and is installed before a
byte is read from the host. This one applies from the container's first instruction, and is a second barrier if the
inner one had a hole.

Docker's default profile would do as well, but it makes a tenth of the cost of a container: for each one, runc compiles
hundreds of rules for three architectures, twice (measured: 17 ms of CPU time; 1 ms with this profile). Every call that
Docker's profile refuses is refused by our two together; a test tries every call under both.
"""

import json
from typing import Final

# Calls that no process in a sandbox needs, zuko-init included.
REFUSED: Final = (
    # mounts and namespaces
    *("mount", "umount", "umount2", "pivot_root", "chroot", "setns", "unshare", "mount_setattr"),
    *("open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick"),
    *("name_to_handle_at", "open_by_handle_at"),
    # other processes
    *("kcmp", "pidfd_getfd", "process_madvise", "process_vm_readv", "process_vm_writev"),
    *("get_mempolicy", "set_mempolicy", "mbind", "migrate_pages", "move_pages"),
    # kernel interfaces with a history
    *("bpf", "perf_event_open", "userfaultfd", "add_key", "keyctl", "request_key", "fanotify_init", "lookup_dcookie"),
    # the machine
    *("init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "syslog"),
    *("swapon", "swapoff", "acct", "quotactl", "settimeofday", "stime", "clock_settime", "iopl", "ioperm"),
    *("sethostname", "setdomainname", "vhangup", "_sysctl", "sysfs", "uselib", "ustat", "nfsservctl"),
    *("vm86", "vm86old"),
)

# Flags of clone(2) that ask for a namespace: CLONE_NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET, NEWNS.
NAMESPACES: Final = (0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000, 0x00020000)


def _profile(refused: tuple[str, ...], namespaces: tuple[int, ...]) -> str:
    rules = [
        {"names": refused, "action": "SCMP_ACT_ERRNO", "errnoRet": 1},
        *(
            {
                "names": ["clone"],
                "action": "SCMP_ACT_ERRNO",
                "errnoRet": 1,
                "args": [{"index": 0, "value": flag, "valueTwo": flag, "op": "SCMP_CMP_MASKED_EQ"}],
            }
            for flag in namespaces
        ),
    ]
    return json.dumps(
        {
            "defaultAction": "SCMP_ACT_ALLOW",
            # Calls of other architectures pass to the inner filter, which ends the run and can report the cause.
            "archMap": [
                {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]},
                {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]},
            ],
            "syscalls": rules,
        }
    )


# Of a container that serves one submission.
PROFILE: Final = _profile(REFUSED, NAMESPACES)

# Of one in which zuko-init makes namespaces: it opens the two calls for that, mount and clone. The inner filter, which
# is installed in each of them before the program starts, refuses both again.
CELL_PROFILE: Final = _profile(tuple(name for name in REFUSED if name != "mount"), ())
