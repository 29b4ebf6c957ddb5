#: claim = "A heap that grows without end is ended at the memory limit, and the answer names that limit."
#: timeout = 5
#: status = "RUNTIME_ERROR"
#: reason = "memory_limit"
#: exit_code = 137
#: memory_kb_min = 90000
#: memory_kb_max = 143360
# The limit is 131,072 KB; peak RSS has besides it what is mapped of the interpreter's file, which belongs to nobody's group.
# With swap left at Docker's default a program gets as much again.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

hoard = []
while True:
    hoard.append(b"\xff" * (1 << 20))
