#: claim = "A file of 1 TiB of holes is harmless, and none of its blocks can be had beyond the mount's size."
#: status = "OK"
#: stdout = "contained\n"
# What copies such a file out byte by byte fills the host's disk (snekbox has the same test).
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import errno

fd = os.open("/workspace/holes", os.O_RDWR | os.O_CREAT)
try:
    os.truncate(fd, 1 << 40)
except OSError as refusal:  # a file size limit answers first
    if refusal.errno != errno.EFBIG:
        raise
try:
    os.posix_fallocate(fd, 0, 1 << 30)
except OSError as refusal:
    if refusal.errno not in (errno.ENOSPC, errno.EFBIG):
        raise
else:
    sys.exit("BREACH: 1 GiB was allocated")
if os.fstat(fd).st_blocks * 512 > 64 << 20:
    sys.exit("BREACH: more blocks than the mount has")
print("contained")
