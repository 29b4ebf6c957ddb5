#: claim = "Time in the kernel is CPU time."
#: timeout = 5
#: status = "OK"
#: cpu_ms_min = 300
#: cpu_ms_max = 800
# One judge counts user time only (field notes, "say which clock").
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

fd = os.open("/dev/zero", os.O_RDONLY)
while os.times().system < 0.3:
    os.read(fd, 1 << 20)
