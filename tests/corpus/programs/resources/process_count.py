#: claim = "No more than 64 processes live at once; the next fork fails with EAGAIN."
#: status = "OK"
#: stdout = "contained: EAGAIN\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import errno
import signal

children = []
try:
    while len(children) < 200:
        pid = os.fork()
        if pid == 0:
            signal.pause()
        children.append(pid)
except OSError as refusal:
    if not 32 <= len(children) < 64:
        sys.exit(f"BREACH: {len(children)} children were allowed")
    print("contained:", errno.errorcode[refusal.errno])
else:
    sys.exit("BREACH: 200 processes were allowed")
