#: claim = "What /proc and /sys could tell of the kernel and the host (memory, keys, addresses, log) reads empty or not at all."
#: status = "OK"
#: stdout = "contained: files\ncontained: kernel addresses\ncontained: folders\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

for path in ("/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/sched_debug", "/proc/kmsg", "/dev/kmsg", "/dev/mem"):
    try:
        with open(path, "rb", buffering=0) as file:
            got = file.read(64)
    except OSError:
        continue
    if got:
        sys.exit(f"BREACH: {path} reads {got!r}")
print("contained: files")
try:
    symbols = open("/proc/kallsyms").read(100_000).splitlines()
except OSError:
    symbols = []
if any(int(line.split()[0], 16) for line in symbols[:-1]):
    sys.exit("BREACH: addresses of kernel symbols")
print("contained: kernel addresses")
for path in ("/proc/acpi", "/proc/scsi", "/sys/firmware"):
    if os.path.isdir(path) and os.listdir(path):
        sys.exit(f"BREACH: {path} lists {os.listdir(path)}")
print("contained: folders")
