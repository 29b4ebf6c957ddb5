#: claim = "Empty files run out on every writable mount: their inodes are kernel memory that no size counts."
#: timeout = 5
#: status = "OK"
#: stdout = "contained: /workspace ENOSPC\ncontained: /tmp ENOSPC\ncontained: /dev/shm ENOSPC\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import errno

for folder in ("/workspace", "/tmp", "/dev/shm"):
    made = 0
    try:
        while made < 20_000:
            os.mknod(f"{folder}/{made}")
            made += 1
    except OSError as refusal:
        print("contained:", folder, errno.errorcode[refusal.errno])
    else:
        sys.exit(f"BREACH: {made} files in {folder}")
