#: claim = "The only folders that can be written are the known ones, each nosuid and nodev."
#: timeout = 5
#: status = "OK"
#: stdout = "contained: /dev/mqueue\ncontained: /dev/shm\ncontained: /tmp\ncontained: /workspace\n"
# Whatever is writable and not on this list is a place to leave word for the next program.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

known = {"/dev/mqueue", "/dev/shm", "/tmp", "/workspace"}
found = set()
for folder, folders, _ in os.walk("/"):
    folders[:] = [name for name in folders if os.path.join(folder, name) not in ("/proc", "/sys")]
    if os.access(folder, os.W_OK):
        found.add(folder)
if found - known:
    sys.exit(f"BREACH: {sorted(found - known)} can be written")
for folder in sorted(known):
    flags = os.statvfs(folder).f_flag
    if folder in found and not (flags & os.ST_NOSUID and flags & os.ST_NODEV):
        sys.exit(f"BREACH: {folder} lacks nosuid or nodev")
    print("contained:", folder)
