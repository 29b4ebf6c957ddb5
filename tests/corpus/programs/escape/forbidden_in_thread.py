#: claim = "A forbidden call from a thread ends the whole program, not the thread."
#: status = "RUNTIME_ERROR"
#: reason = "forbidden_syscall"
#: exit_code = 137
#: stdout = "before\n"
#: message_contains = ["setpriority"]
# SECCOMP_RET_KILL_THREAD, the old default, would leave the other threads running (seccomp(2)).
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import threading

print("before", flush=True)
threading.Thread(target=os.setpriority, args=(os.PRIO_PROCESS, 1, 19)).start()
threading.Event().wait()
sys.exit("BREACH: the call returned")
