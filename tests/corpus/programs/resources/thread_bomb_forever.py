#: claim = "Threads that try to start others for ever are ended at the wall limit."
#: timeout = 1
#: status = "TIMEOUT"
#: reason = "wall_time_limit"
#: exit_code = 137
#: wall_ms_max = 2500
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import _thread


def breed():
    while True:
        try:
            _thread.start_new_thread(breed, ())
        except RuntimeError:
            pass


breed()
