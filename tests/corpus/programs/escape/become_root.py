#: claim = "No user or group can be taken on, root least of all."
#: status = "OK"
#: stdout = "contained: setuid\ncontained: setgid\ncontained: setresuid\ncontained: setresgid\ncontained: setgroups\ncontained: neighbour\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import errno

uid = os.getuid()
if not (20_000 <= uid < 21_000 and os.getresuid() == (uid,) * 3 and os.getresgid() == (20_000,) * 3):
    sys.exit(f"BREACH: runs as {os.getresuid()} {os.getresgid()}")
for name, attempt in {
    "setuid": lambda: os.setuid(0),
    "setgid": lambda: os.setgid(0),
    "setresuid": lambda: os.setresuid(-1, 0, -1),
    "setresgid": lambda: os.setresgid(-1, 0, -1),
    "setgroups": lambda: os.setgroups([0]),
    "neighbour": lambda: os.setuid(20_000 if uid != 20_000 else 20_001),
}.items():
    try:
        attempt()
    except OSError as refusal:
        print("contained:", name)
        refusal.errno in {errno.EPERM, errno.EINVAL} or sys.exit(f"BREACH: {name} got as far as {refusal}")
    else:
        sys.exit(f"BREACH: {name} was allowed")
