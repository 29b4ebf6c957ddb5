#: claim = "Mounts left full are empty for the next program."
#: timeout = 5
#: status = "OK"
#: stdout = "clean\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

if os.listdir("/tmp"):
    sys.exit(f"BREACH: found {os.listdir('/tmp')}")
for folder, size in (("/tmp", 60), ("/dev/shm", 15)):
    with open(f"{folder}/filler", "wb", buffering=0) as file:
        for _ in range(size):
            file.write(bytes(1 << 20))
print("clean")
