#: claim = "Pipes filled to the brim hold a bounded amount of kernel memory."
#: status = "OK"
#: stdout = "contained\n"
# pipe(7): pipe-user-pages-soft counts per user, across containers. Two sandboxes of one uid would see 8 KiB pipes.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import fcntl

held, ends = 0, []
try:
    while True:
        reader, writer = os.pipe2(os.O_NONBLOCK)
        ends += [reader, writer]
        try:
            fcntl.fcntl(writer, 1031, 1 << 20)  # F_SETPIPE_SZ
        except OSError:
            pass
        try:
            while True:
                held += os.write(writer, bytes(1 << 16))
        except BlockingIOError:
            pass
except OSError:
    pass
for end in ends:
    os.close(end)
if held > 96 << 20:
    sys.exit(f"BREACH: {held} bytes are held in pipes")
print("contained")
