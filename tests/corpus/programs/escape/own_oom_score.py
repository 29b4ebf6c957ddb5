#: claim = "A program cannot put itself out of the OOM killer's reach."
#: status = "OK"
#: stdout = "contained\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

before = open("/proc/self/oom_score_adj").read()
try:
    with open("/proc/self/oom_score_adj", "w", buffering=1) as file:
        file.write("-1000\n")
except OSError:
    pass
if int(open("/proc/self/oom_score_adj").read()) < int(before):
    sys.exit("BREACH: out of the OOM killer's reach")
print("contained")
