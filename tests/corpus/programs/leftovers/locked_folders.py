#: claim = "Folders without any rights, full of files without any rights, are gone for the next program, and so is the lock of a writable place."
#: status = "OK"
#: stdout = "clean\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

for place in ("/tmp", "/workspace", "/dev/shm"):
    if os.stat(place).st_mode & 0o7777 != 0o1777:
        sys.exit(f"BREACH: {place} is locked")
if os.listdir("/tmp"):
    sys.exit(f"BREACH: found {os.listdir('/tmp')}")
os.makedirs("/tmp/a/b/c")
open("/tmp/a/b/c/file", "w").close()
for path in ("/tmp/a/b/c/file", "/tmp/a/b/c", "/tmp/a/b", "/tmp/a"):
    os.chmod(path, 0)
for place in ("/tmp", "/workspace", "/dev/shm"):
    try:  # it may own them, where they are its own
        os.chmod(place, 0)
    except PermissionError:
        pass
print("clean")
