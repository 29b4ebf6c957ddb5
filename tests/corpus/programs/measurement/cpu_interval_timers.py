#: claim = "Profiling timers and their signals change nothing of what is charged."
#: timeout = 5
#: status = "OK"
#: cpu_ms_min = 300
#: cpu_ms_max = 700
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import signal
import time

fired = 0


def count(*_):
    global fired
    fired += 1


for which, number in (
    (signal.ITIMER_PROF, signal.SIGPROF), (signal.ITIMER_VIRTUAL, signal.SIGVTALRM), (signal.ITIMER_REAL, signal.SIGALRM),
):
    signal.signal(number, count)
    signal.setitimer(which, 0.005, 0.005)
while time.process_time() < 0.3:
    pass
for which in (signal.ITIMER_PROF, signal.ITIMER_VIRTUAL, signal.ITIMER_REAL):
    signal.setitimer(which, 0)  # Python gives the default actions back before it ends
