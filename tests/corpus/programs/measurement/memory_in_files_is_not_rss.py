#: claim = "Files on a tmpfs are not in the peak RSS, though they are under the memory limit."
#: status = "OK"
#: memory_kb_max = 20000
# A cgroup's peak has them, and page cache besides (isolate#185): two numbers, two names.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

with open("/tmp/file", "wb") as file:
    for _ in range(40):
        file.write(bytes(1 << 20))
