#: claim = "Thousands of files are gone for the next program, and delay this one's answer by nothing."
#: timeout = 5
#: status = "OK"
#: stdout = "clean\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

if os.listdir("/tmp"):
    sys.exit(f"BREACH: found {len(os.listdir('/tmp'))} files")
for number in range(5000):
    os.mknod(f"/tmp/{number}")
print("clean")
