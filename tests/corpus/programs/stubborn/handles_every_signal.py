#: claim = "A program that catches every signal, prints for ever in its handler and exits 0 in another, is still a timeout."
#: timeout = 1
#: status = "TIMEOUT"
#: reason = "wall_time_limit"
#: exit_code = 137
#: wall_ms_max = 2000
# Who lets a program write its buffers out at the limit must not let it choose its own end.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import signal
import time


def bargain(*_):
    os.write(1, b"just a moment\n")
    time.sleep(0.005)
    os._exit(0)


for number in set(range(1, signal.NSIG)) - {signal.SIGKILL, signal.SIGSTOP, 32, 33}:
    signal.signal(number, bargain)
while True:
    time.sleep(600)
