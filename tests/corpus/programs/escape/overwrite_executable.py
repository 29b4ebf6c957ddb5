#: claim = "The supervisor's program file cannot be changed, not by its path and not through /proc."
#: status = "OK"
#: stdout = "contained: supervisor\ncontained: own interpreter\ncontained: /proc/1/exe\ncontained: /proc/self/exe\n"
# CVE-2019-5736: runc's own binary was overwritten through /proc/<pid>/exe.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

for name, path in {
    "supervisor": "/usr/local/sbin/zuko-init",
    "own interpreter": sys.executable,
    "/proc/1/exe": "/proc/1/exe",
    "/proc/self/exe": "/proc/self/exe",
}.items():
    for flags in (os.O_WRONLY, os.O_RDWR | os.O_TRUNC):
        try:
            os.open(path, flags)
        except OSError:
            continue
        sys.exit(f"BREACH: {path} can be written")
    print("contained:", name)
