#: claim = "Files on the tmpfs mounts are memory: filling them all meets the memory limit."
#: timeout = 5
#: status = "RUNTIME_ERROR"
#: reason = "memory_limit"
#: exit_code = 137
# /workspace and /tmp may hold 64 MiB each, the sandbox 128 MiB of everything.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

block = os.urandom(1 << 20)
for folder in ("/workspace", "/tmp", "/dev/shm"):
    try:
        with open(f"{folder}/filler", "wb", buffering=0) as file:
            while file.write(block):
                pass
    except OSError:
        pass
hoard = []
while len(hoard) < 64:  # what the tmpfs sizes left over
    hoard.append(b"\xff" * (1 << 20))
sys.exit("BREACH: more memory than the limit")
