#: claim = "A program starts with default signals, priority, mask and scheduling, whatever the last one set for itself."
#: status = "OK"
#: stdout = "clean\n"
# Ignored and blocked signals are inherited across exec (signal(7)), and the supervisor ignores and blocks a lot.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import resource
import signal

status = dict(line.split(":\t", 1) for line in open("/proc/self/status") if ":\t" in line)
ignored = {number for number in range(1, 65) if int(status["SigIgn"], 16) >> (number - 1) & 1}
umask = os.umask(0o777)
if ignored - {signal.SIGPIPE, signal.SIGXFSZ}:  # Python itself ignores these two
    sys.exit(f"BREACH: starts with {ignored} ignored")
if int(status["SigBlk"], 16):
    sys.exit(f"BREACH: starts with {status['SigBlk'].strip()} blocked")
if os.getpriority(os.PRIO_PROCESS, 0) != 0 or os.sched_getscheduler(0) != os.SCHED_OTHER or umask == 0o777:
    sys.exit("BREACH: starts with another's priority, class or mask")
if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 64 or resource.getrlimit(resource.RLIMIT_CPU)[1] == 1:
    sys.exit("BREACH: starts with another's limits")
os.nice(5)
resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
print("clean")
