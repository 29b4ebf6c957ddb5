#: claim = "Threads count against the same limit as processes: starting one too many raises in the program."
#: status = "OK"
#: stdout = "contained: no new thread\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import threading

started = 0
try:
    while started < 500:
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        started += 1
except RuntimeError:
    if not 32 <= started < 64:
        sys.exit(f"BREACH: {started} threads were allowed")
    print("contained: no new thread", flush=True)
    os._exit(0)
sys.exit("BREACH: 500 threads were allowed")
