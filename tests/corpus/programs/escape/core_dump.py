#: claim = "An abort leaves no core file anywhere that can be written."
#: status = "OK"
#: stdout = "contained: signal 6, []\n"
# A core file of 128 MiB for each crash fills a disk, and its place and its name are the host's choice (core(5)).
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

pid = os.fork()
if pid == 0:
    os.abort()
_, status = os.waitpid(pid, 0)
left = [name for folder in ("/workspace", "/tmp", "/dev/shm") for name in os.listdir(folder) if name != "main.py"]
print(f"contained: signal {os.WTERMSIG(status)}, {left}")
