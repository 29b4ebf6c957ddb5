#: claim = "Address space that is only reserved costs nothing and is not refused."
#: status = "OK"
#: stdout = "reserved\n"
#: memory_kb_max = 30000
# RLIMIT_AS would refuse this, and with it the JVM, Go and numpy.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import mmap

reserved = mmap.mmap(-1, 1 << 30)
print("reserved")
