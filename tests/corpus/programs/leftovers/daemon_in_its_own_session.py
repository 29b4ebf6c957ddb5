#: claim = "A daemon by the book (two forks, a session, ignoring signals) is gone for the next program."
#: status = "OK"
#: stdout = "clean\n"
#: wall_ms_max = 1500
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import signal
import time

others = {int(name) for name in os.listdir("/proc") if name.isdigit()} - {1, os.getpid()}
if others:
    sys.exit(f"BREACH: found processes {others}")
reader, writer = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in set(range(1, signal.NSIG)) - {signal.SIGKILL, signal.SIGSTOP, 32, 33}:
            signal.signal(number, signal.SIG_IGN)
        os.chdir("/tmp")
        os.write(writer, b"x")
        os.closerange(0, 256)
        while True:
            time.sleep(600)
    os._exit(0)
os.read(reader, 1)
print("clean")
