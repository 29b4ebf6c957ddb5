#: claim = "A program can lower its own limits and can raise none."
#: status = "OK"
#: stdout = "contained: NOFILE\ncontained: CORE\ncontained: nice\ncontained: real time\ncontained: real-time io\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes
import resource

libc = ctypes.CDLL(None, use_errno=True)


def refused(name, attempt):
    try:
        attempt()
    except (OSError, ValueError):
        print("contained:", name)
    else:
        sys.exit(f"BREACH: {name} was raised")


def raise_limit(which):
    soft, hard = resource.getrlimit(which)
    if hard == resource.RLIM_INFINITY:
        sys.exit(f"BREACH: limit {which} has no bound")
    resource.setrlimit(which, (hard + 1, hard + 1))


def real_time_io():
    if libc.syscall(251, 1, 0, 1 << 13) == -1:  # ioprio_set(IOPRIO_WHO_PROCESS, 0, IOPRIO_CLASS_RT)
        raise OSError(ctypes.get_errno(), "refused")


refused("NOFILE", lambda: raise_limit(resource.RLIMIT_NOFILE))
refused("CORE", lambda: raise_limit(resource.RLIMIT_CORE))
refused("nice", lambda: os.nice(-1))
refused("real time", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))
refused("real-time io", real_time_io)
