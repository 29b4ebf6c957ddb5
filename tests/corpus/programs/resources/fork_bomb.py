#: claim = "A fork bomb is ended whole at the wall limit, and costs no more than its one core."
#: timeout = 1
#: status = "TIMEOUT"
#: reason = "wall_time_limit"
#: exit_code = 137
#: cpu_ms_max = 1600
#: wall_ms_max = 2500
# What kills one process after another races with new ones and loses; kill(-1, SIGKILL) from PID 1 does not (kill(2)).
# RLIMIT_NPROC would count per uid across sandboxes, so the pids cgroup has to hold it.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

while True:
    try:
        os.fork()
    except OSError:
        pass
