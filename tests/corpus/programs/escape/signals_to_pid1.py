#: claim = "No signal, by whichever call, ends, stops or confuses PID 1: the run goes on and is answered."
#: status = "OK"
#: exit_code = 0
#: stdout = "still answered\n"
# pid_namespaces(7): PID 1 gets only the signals for which it has a handler, and from inside not even KILL and STOP.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import fcntl
import signal

for number in range(1, signal.NSIG):
    try:
        os.kill(1, number)
    except OSError:
        pass
try:
    pidfd = os.pidfd_open(1)
    for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):
        signal.pidfd_send_signal(pidfd, number)
except OSError:
    pass
reader, writer = os.pipe()
fcntl.fcntl(reader, fcntl.F_SETOWN, 1)
fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC)
os.write(writer, b"x")
print("still answered")
