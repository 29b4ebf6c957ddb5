#: claim = "A program cannot have its peak RSS forgotten, and the memory limit is not moved by trying."
#: timeout = 5
#: status = "RUNTIME_ERROR"
#: reason = "memory_limit"
#: exit_code = 137
#: stdout = "contained: EACCES\n"
# proc_pid_clear_refs(5): writing 5 resets the peak that ru_maxrss is read from, and /usr/bin/time is fooled by it too.
# Landlock refuses it (Linux 5.19 and later; before, the figure is what the program needed only where it is honest).
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
    print("contained:", errno.errorcode[error.errno], flush=True)
touch(200 << 20)
sys.exit("BREACH: 200 MiB")
