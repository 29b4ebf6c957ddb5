#: claim = "A child that floods after the main program has ended cannot hold back the answer."
#: status = ["OK", "RUNTIME_ERROR"]
#: reason = ["none", "output_limit"]
#: stdout_contains = ["main is done"]
#: wall_ms_max = 1500
# Both are true: the child may or may not pass the limit in the moment before it is killed.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

os.write(1, b"main is done\n")
if os.fork() == 0:
    os.setsid()
    while True:
        os.write(1, b"x" * 65536)
