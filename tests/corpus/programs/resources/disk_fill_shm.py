#: claim = "/dev/shm, a tmpfs of Docker's own that --tmpfs does not bound, holds 16 MiB and then says ENOSPC."
#: status = "OK"
#: stdout = "contained: ENOSPC\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import errno

written = 0
block = bytes(1 << 20)
try:
    with open("/dev/shm/filler", "wb", buffering=0) as file:
        while written < 100 << 20:
            written += file.write(block)
except OSError as refusal:
    print("contained:", errno.errorcode[refusal.errno])
if not 1 << 20 <= written <= 16 << 20:
    sys.exit(f"BREACH: {written} bytes were taken")
