#: claim = "No control file of the sandbox's own limits can be written, and no control group made."
#: status = "OK"
#: stdout = "contained: no control file\ncontained: no control group\n"
# CVE-2022-0492: writing release_agent of a cgroup v1 ran a program as root on the host.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

for folder, _, files in os.walk("/sys/fs/cgroup"):
    for name in files:
        try:
            os.open(os.path.join(folder, name), os.O_WRONLY)
        except OSError:
            continue
        sys.exit(f"BREACH: {folder}/{name} can be written")
print("contained: no control file")
for folder, _, _ in os.walk("/sys/fs/cgroup"):
    try:
        os.mkdir(os.path.join(folder, "zuko"))
    except OSError:
        continue
    sys.exit(f"BREACH: a control group under {folder}")
print("contained: no control group")
