#: claim = "A memory file, which is on no mount that has a size, is bounded by the memory limit."
#: timeout = 5
#: status = "RUNTIME_ERROR"
#: reason = "memory_limit"
#: exit_code = 137
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

fd = os.memfd_create("hoard")
for _ in range(512):
    os.write(fd, bytes(1 << 20))
sys.exit("BREACH: 512 MiB in a memory file")
