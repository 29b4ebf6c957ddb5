#: claim = "inotify instances run out with EMFILE in the program's own uid."
#: status = "OK"
#: stdout = "contained: EMFILE\n"
# inotify(7): max_user_instances is counted per uid; one sandbox must not be able to spend a neighbour's.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
for _ in range(10_000):
    if libc.inotify_init1(0) == -1:
        print("contained:", errno.errorcode[ctypes.get_errno()])
        sys.exit()
sys.exit("BREACH: 10,000 inotify instances")
