#: claim = "Files with names of newlines, of no UTF-8, of 255 bytes, and of every special kind are gone for the next program."
#: status = "OK"
#: stdout = "clean\n"
# A FIFO blocks who opens it, a link to /dev/zero never ends, a loop of links ends in ELOOP: the cleaner may open none.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import socket

if os.listdir("/tmp"):
    sys.exit(f"BREACH: found {os.listdir('/tmp')}")
os.chdir("/tmp")
for name in (b"new\nline", b"\xff\xfe", b"x" * 255, b"-rf", b"*", b" ", b"...", b"\x1b[2J", "\u202egnp".encode()):
    open(name, "w").close()
os.mkfifo("fifo")
socket.socket(socket.AF_UNIX).bind("socket")
os.symlink("loop", "loop")
os.symlink("/dev/zero", "endless")
os.symlink("/", "root")
os.symlink("/proc/1/cwd", "cwd")
os.link(b"*", "hard")
print("clean")
