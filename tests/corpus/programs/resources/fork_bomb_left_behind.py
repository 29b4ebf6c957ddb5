#: claim = "A fork bomb that goes on after the main program has ended delays the answer by nothing."
#: status = "OK"
#: exit_code = 0
#: stdout = "main is done\n"
#: wall_ms_max = 1500
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

if os.fork() == 0:
    os.setsid()
    os.close(0)
    while True:
        try:
            os.fork()
        except OSError:
            pass
print("main is done", flush=True)
os._exit(0)  # the interpreter's own end takes its time beside the bomb
