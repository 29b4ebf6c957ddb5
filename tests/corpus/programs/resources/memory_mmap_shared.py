#: claim = "Shared anonymous memory, which no tmpfs size bounds, is bounded by the memory limit."
#: timeout = 5
#: status = "RUNTIME_ERROR"
#: reason = "memory_limit"
#: exit_code = 137
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import mmap

block = mmap.mmap(-1, 512 << 20, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
for offset in range(0, len(block), mmap.PAGESIZE):
    block[offset] = 1
sys.exit("BREACH: 512 MiB of shared memory")
