#: claim = "System V shared memory, semaphores and messages do not outlive the program for the next one to read."
#: status = "OK"
#: stdout = "clean\n"
# sysvipc(7): they live until they are removed, and have no place in the file system.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
KEY, FLAGS = 0x5A554B4F, 0o1000 | 0o2000 | 0o666  # IPC_CREAT | IPC_EXCL
for kind in ("shm", "sem", "msg"):
    lines = open(f"/proc/sysvipc/{kind}").readlines()[1:]
    if lines:
        sys.exit(f"BREACH: found {lines}")
for name, call in {
    "shm": lambda: libc.shmget(KEY, ctypes.c_size_t(4096), FLAGS),
    "sem": lambda: libc.semget(KEY, 1, FLAGS),
    "msg": lambda: libc.msgget(KEY, FLAGS),
}.items():
    if call() == -1 and ctypes.get_errno() == errno.EEXIST:
        sys.exit(f"BREACH: the last program's {name} is there")
for _ in range(64):
    libc.shmget(0, ctypes.c_size_t(4096), FLAGS)
    libc.semget(0, 1, FLAGS)
    libc.msgget(0, FLAGS)
print("clean")
