#: claim = "A program whose second thread becomes another program is followed there."
#: status = "RUNTIME_ERROR"
#: exit_code = 9
#: stdout = "another\n"
# execve(2): the thread that calls it takes over the process's number, all others vanish.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import threading

another = [sys.executable, "-c", "import sys; print('another'); sys.exit(9)"]
threading.Thread(target=os.execv, args=(sys.executable, another)).start()
threading.Event().wait()
