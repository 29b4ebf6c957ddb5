#: claim = "Every capability set is empty, no-new-privileges holds and a seccomp filter is on."
#: status = "OK"
#: stdout = "CapInh 0\nCapPrm 0\nCapEff 0\nCapBnd 0\nCapAmb 0\nNoNewPrivs 1\nSeccomp 2\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

status = dict(line.split(":\t", 1) for line in open("/proc/self/status") if ":\t" in line)
for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
    print(name, int(status[name], 16))
print("NoNewPrivs", int(status["NoNewPrivs"]))
print("Seccomp", int(status["Seccomp"]))
