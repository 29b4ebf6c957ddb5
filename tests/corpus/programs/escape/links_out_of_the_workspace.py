#: claim = "Links that a program plants lead nowhere that it could not go itself, and the engine follows none."
#: status = "OK"
#: stdout = "contained\n"
# CVE-2024-28185 and CVE-2024-28189: Judge0 wrote, then changed the owner, through a link planted where it expected its own file.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

os.unlink("main.py")
os.symlink("/etc/passwd", "main.py")
os.symlink("/proc/1/root", "root")
os.symlink("/proc/1/cwd/../../..", "up")
for name in ("input", "output", "stdout", "stderr", "result", "meta"):
    os.symlink("/usr/local/sbin/zuko-init", name)
try:
    os.listdir("root")
    sys.exit("BREACH: PID 1's root")
except OSError:
    pass
try:
    os.link("/usr/local/sbin/zuko-init", "linked")
    sys.exit("BREACH: a hard link out of the workspace")
except OSError:
    print("contained")
