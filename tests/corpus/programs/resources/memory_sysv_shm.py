#: claim = "A System V segment outlives its process and stays charged: the supervisor must still be able to answer."
#: timeout = 5
#: status = "RUNTIME_ERROR"
#: reason = "memory_limit"
#: exit_code = 137
# shmget(2): a segment stays until it is removed or its IPC namespace ends. With the cgroup full of it, any page that
# the supervisor needs for its answer would have the kernel kill PID 1 instead.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
segment = libc.shmget(0, ctypes.c_size_t(512 << 20), 0o1600)
address = libc.shmat(segment, None, 0)
if address is None or address == ctypes.c_void_p(-1).value:
    sys.exit("no segment: this program shows nothing")
ctypes.memset(address, 1, 512 << 20)
sys.exit("BREACH: 512 MiB of System V shared memory")
