#: claim = "No setting of the kernel's can be written: core pattern, sysrq, module loader, caches, LSM."
#: status = "OK"
#: stdout = "contained: 18 settings\n"
# A core_pattern that begins with | runs a program as root on the host (core(5)).
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

PATHS = (
    "/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/hotplug",
    "/proc/sys/kernel/hostname", "/proc/sys/kernel/domainname", "/proc/sys/kernel/shmmax", "/proc/sys/kernel/msgmax",
    "/proc/sys/kernel/yama/ptrace_scope", "/proc/sys/vm/drop_caches", "/proc/sys/vm/overcommit_memory", "/proc/sys/vm/panic_on_oom",
    "/proc/sys/fs/binfmt_misc/register", "/proc/sys/fs/mqueue/queues_max", "/proc/sys/net/ipv4/ip_forward", "/sys/kernel/uevent_helper",
    "/sys/kernel/mm/transparent_hugepage/enabled", "/sys/power/state",
)
for path in PATHS:
    try:
        os.open(path, os.O_WRONLY)
    except OSError:
        continue
    sys.exit(f"BREACH: {path} can be written")
print("contained:", len(PATHS), "settings")
