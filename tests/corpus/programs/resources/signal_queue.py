#: claim = "Queued signals run out with EAGAIN in the program's own uid."
#: timeout = 5
#: status = "OK"
#: stdout = "contained: EAGAIN\n"
# RLIMIT_SIGPENDING is a count per uid for the whole host (getrlimit(2)): a neighbour of that uid could queue nothing.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes
import errno
import signal

libc = ctypes.CDLL(None, use_errno=True)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN])
me = os.getpid()
for _ in range(2_000_000):
    if libc.sigqueue(me, int(signal.SIGRTMIN), None) == -1:
        print("contained:", errno.errorcode[ctypes.get_errno()], flush=True)
        os._exit(0)
sys.exit("BREACH: two million signals are queued")
