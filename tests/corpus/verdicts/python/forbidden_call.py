#: claim = "Makes a system call that is forbidden."
#: verdict = "RTE"
#: reason_contains = ["ptrace"]
import ctypes

ctypes.CDLL(None).ptrace(0, 0, 0, 0)
