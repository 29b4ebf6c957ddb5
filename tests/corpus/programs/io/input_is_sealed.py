#: claim = "The input cannot be written, grown or cut."
#: input = "abc"
#: status = "OK"
#: stdout = "contained: write\ncontained: truncate\ncontained: reopened\nabc\n"
# memfd_create(2), F_SEAL_WRITE: an input shared between test cases would pass word from one to the next.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

for name, attempt in {
    "write": lambda: os.write(0, b"x"),
    "truncate": lambda: os.ftruncate(0, 100),
    "reopened": lambda: os.write(os.open("/proc/self/fd/0", os.O_RDWR), b"x"),
}.items():
    try:
        attempt()
    except OSError:
        print("contained:", name)
    else:
        sys.exit(f"BREACH: {name}")
print(sys.stdin.read())
