#: claim = "Ends by a signal."
#: verdict = "RTE"
#: reason_contains = ["SIGSEGV"]
import os
import signal

os.kill(os.getpid(), signal.SIGSEGV)
