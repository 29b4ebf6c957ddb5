#: claim = "A program cannot have its peak RSS forgotten, and the memory limit is not moved by trying."
#: timeout = 5
#: status = "RUNTIME_ERROR"
#: reason = "memory_limit"
#: exit_code = 137
#: stdout = "contained\n"
# proc_pid_clear_refs(5): writing 5 resets the peak that ru_maxrss is read from, and /usr/bin/time is fooled by it too.
# A read-only /proc refuses it, or Landlock (Linux 5.19 and later; without either, the figure is true only of honest ones).
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import errno
import mmap


def touch(size):
    block = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for offset in range(0, size, mmap.PAGESIZE):
        block[offset] = 1
    return block


touch(60 << 20).close()
try:
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    sys.exit("BREACH: the peak is forgotten")
except OSError as error:
    error.errno in {errno.EACCES, errno.EROFS} or sys.exit(f"BREACH: got as far as {error}")
    print("contained", flush=True)
touch(200 << 20)
sys.exit("BREACH: 200 MiB")
